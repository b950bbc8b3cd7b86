"""Addresses of East Asia and Russia: from the town to the last number."""

from collections import Counter

from promptci.secrets.eastern import without_eastern_addresses
from tables import every_row


@every_row(
    "text",
    [
        "東京都渋谷区神南1-2-3",
        "〒150-0041 東京都渋谷区神南1丁目19番11号",
        "大阪府大阪市北区梅田3-1-3",
        "神奈川県横浜市西区みなとみらい2-2-1",
        "京都市中京区寺町通御池上る上本能寺前町488番地",
        "北海道札幌市中央区北1条西2丁目",
        "千葉県浦安市舞浜１番地１",
        "福岡市博多区博多駅前\uff12\u2212\uff11\u2212\uff11",
        "三鷹市下連雀3-15",
        "1-2-3 Jinnan, Shibuya-ku, Tokyo 150-0041",
        "Shibuya 2-21-1, Shibuya-ku, Tokyo",
        "서울특별시 강남구 테헤란로 152",
        "부산광역시 해운대구 우동 1408",
        "北京市朝阳区建国路93号",
        "上海市浦东新区世纪大道100号",
        "台北市信義區信義路五段7號",
        "ул. Ленина, д. 5, кв. 12",
    ],
)
def test_an_address_is_taken_out_whole(text) -> None:
    counts: Counter[str] = Counter()
    assert without_eastern_addresses(text, counts) == "[address]"
    assert counts["address"] == 1
    said = f"住所は{text}です" if "\u3000" < text[0] < "\uac00" else f"I live at {text}, yes"
    assert without_eastern_addresses(said, Counter()).count("[address]") == 1


@every_row(
    "text",
    [
        "東京都の人口は1400万人",
        "横浜市が3-2で勝ち",
        "3-1-3のスコア",
        "大阪市の2025年第3条2項",
        "第1丁目",
        "10番地",
        "2丁目で会いましょう",
        "渋谷区で10番目",
        "version 1-2-3, Foo-bar",
        "1-2-3 Go, Team",
        "서울시 인구는 940만",
        "路上有100号人吗",
        "д. 5 из 10",
    ],
)
def test_what_only_looks_like_it_stays(text) -> None:
    assert without_eastern_addresses(text, Counter()) == text
