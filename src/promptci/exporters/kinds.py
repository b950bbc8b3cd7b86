"""The kinds of exports, a line each."""

from collections.abc import Mapping

from promptci.exporters.batchlines import OPENAI_BATCH
from promptci.exporters.exported import Exporter
from promptci.exporters.finetune import FINETUNE
from promptci.exporters.langfuse import LANGFUSE
from promptci.exporters.otel import OTEL
from promptci.exporters.promptfoo import PROMPTFOO
from promptci.exporters.tables import TABLES

EXPORTERS: Mapping[str, Exporter] = {
    exporter.name: exporter
    for exporter in (PROMPTFOO, OPENAI_BATCH, FINETUNE, *TABLES, OTEL, LANGFUSE)
}
