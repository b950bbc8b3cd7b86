"""Tool calls in the forms that models have of their own."""

from tables import every_row

ADD = {"tool_call": {"tool": "add", "arguments": {"x": 1, "y": 2}, "in_text": True}}
TEXTS = [
    ('[TOOL_CALLS]add[ARGS]{"x": 1, "y": 2}', True),
    ('<function=add>{"x": 1, "y": 2}</function>', True),
    (
        "<tool_call>\n"
        "<function=add>\n<parameter=x>\n1\n</parameter>\n<parameter=y>\n2\n</parameter>\n</function>\n</tool_call>",
        True,
    ),
    (
        "<|tool▁calls▁begin|><|tool▁call▁begin|>function<|tool▁sep|>add\n"
        '```json\n{"x": 1, "y": 2}\n```<|tool▁call▁end|><|tool▁calls▁end|>',
        True,
    ),
    (
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.add:0"
        '<|tool_call_argument_begin|>{"x": 1, "y": 2}'
        "<|tool_call_end|><|tool_calls_section_end|>",
        True,
    ),
    ("add(x=1, y=2)", True),
    ("[add(x=1, y=2)]", True),
    ("API-Request: [add(x=1, y=2)]", True),
    ('[{"add": {"x": 1, "y": 2}}]', True),
    ('I call it: [[{"sub": {}}, {"add": "{\\"x\\": 1, \\"y\\": 2}"}]]', True),
    ('[{"add": {"x": 1, "y": 2}}, {"because": "both are whole"}]', False),
    ('{"add": {"x": 1, "y": 2}}', False),
    ("```tool_code\nadd(x=1, y=2)\n```", True),
    ('{"tool": "add", "args": {"x": 1, "y": 2}}', True),
    ('{"action": "add", "action_input": {"x": 1, "y": 2}}', True),
    ('Action: add\nAction Input: {"x": 1, "y": 2}', True),
    (
        "<tool_call>add\n"
        "<arg_key>x</arg_key>\n<arg_value>1</arg_value>\n<arg_key>y</arg_key>\n<arg_value>2</arg_value>\n</tool_call>",
        True,
    ),
    (
        '<invoke name="add"><parameter name="x">1</parameter>'
        '<parameter name="y">2</parameter></invoke>',
        True,
    ),
    (
        "<|channel|>analysis<|message|>Two numbers.<|end|><|start|>assistant<|channel|>commentary "
        'to=functions.add <|constrain|>json<|message|>{"x":1,"y":2}<|call|>',
        True,
    ),
    (
        "<|start|>assistant to=functions.add<|channel|>commentary json<|message|>"
        '{"x":1,"y":2}<|call|>',
        True,
    ),
    (
        '<\uff5cDSML\uff5cinvoke name="add">\n<\uff5cDSML\uff5cparameter name="x" string="false">1'
        '</\uff5cDSML\uff5cparameter>\n<\uff5cDSML\uff5cparameter name="y" string="false">2'
        "</\uff5cDSML\uff5cparameter>\n"
        "</\uff5cDSML\uff5cinvoke>",
        True,
    ),
    ("<start_function_call>call:add{x:1,y:2}<end_function_call>", True),
    ("<start_function_call>call:add{x:1,y:<escape>2<escape>}<end_function_call>", False),
    ("<function_calls>\nadd(x=1, y=2)\nadd(x=3, y=4)\n</function_calls>", True),
    ("<function_calls>\nadd(x=1, y=2)\n</function_calls>", True),
    ("<|tool_call_start|>[add(x=1, y=2)]<|tool_call_end|>", True),
    ("<|python_tag|>add.call(x=1, y=2)", True),
    ('<|from|>assistant\n<|recipient|>add\n<|content|>{"x": 1, "y": 2}<|stop|>', True),
    ('>>>add\n{"x": 1, "y": 2}', True),
    ('<tool_name>add</tool_name>\n<arguments>\n{"x": 1, "y": 2}\n</arguments>', True),
    ('<tool_response>{"name": "add", "arguments": {"x": 1, "y": 2}}</tool_response>', False),
    ("add(x=1, y=2)\nz = add(x=3, y=4)", False),
    ("I will call add with x=1 and y=2.", False),
    ("add(1, 2)", False),
    ("add(x=1, y=__import__('os'))", False),
    ("add(x=1, y=2) is what I would call", False),
    ("print(add(x=1, y=2))", True),
    ('[TOOL_CALLS]add[ARGS]{"x": 1, "y": ', False),
    ("<function=add><parameter=x>1</parameter><parameter=y>NaN</parameter></function>", False),
]


@every_row(("output", "passed"), TEXTS)
def test_a_marked_call(score, output, passed):
    assert score(ADD, output).passed is passed
