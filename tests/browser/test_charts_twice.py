"""Two charts of each kind on one page with different data: each shows, describes and exports its own."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from playground.server import static
from tests.browser.hands import TWO_FRAMES, WORDS

Visit = Callable[..., Page]
BUILD = """async (web) => {
  const load = (path) => import(new URL(`${web}/pack/${path}`, document.baseURI));
  const kinds = ["heatmap", "tree", "curves", "line", "ledger"];
  const [{ styleSheet }, ...modules] = await Promise.all(
    ["parts/stylesheet.js", ...kinds.map((kind) => `charts/${kind}.js`)].map(load));
  const [{ heatmap }, { tree }, { curves }, { line }, { ledger }] = modules;
  await Promise.all(["heatmap", "tree", "curves", "ledger"].map(styleSheet));
  navigator.clipboard.writeText = async (text) => { window.copied = text; };
  window.heard = [[], []];

  const build = (n) => {
    const text = "ab"[n];
    const frame = document.createElement("div");
    frame.id = `twin-${n}`;
    frame.style.cssText = "flex: none; width: 600px";
    document.querySelector("main").prepend(frame);
    const host = (kind) => {
      const box = frame.appendChild(document.createElement("div"));
      box.dataset.kind = kind;
      return box;
    };
    const hear = (kind) => (...what) => window.heard[n].push([kind, ...what]);
    const names = { title: `title ${text}`, unitX: `x ${text}`, unitY: `y ${text}`, unit: `x ${text}` };
    const tell = (...at) => `${text} at ${at.map(String)}`;

    const charts = {
      heatmap: heatmap(host("heatmap"), { ...names, tell, go: hear("heatmap") }),
      tree: tree(host("tree"), { ...names, tell, go: hear("tree") }),
      curves: curves(host("curves"), { ...names, tell, go: hear("curves"), rows: () => [["x"], [text]] }),
      line: line(host("line"), { go: hear("line") }),
      ledger: ledger(host("ledger"), { ...names, onPoint: hear("ledger"), csv: () => `${text} in all` }),
    };
    const draw = (said, value) => {
      const values = [[value, 0], [0, value]];
      charts.heatmap.draw({ rows: [said, "other"], columns: ["0", "1"], ticks: [[0.5, said]], values });
      charts.heatmap.follow(value);
      const nodes = [[-1, "", 0, true], [0, said, -value, true], [0, `${said}!`, -3, false]];
      charts.tree.draw({ nodes: nodes.map(([parent, text, logp, kept]) => ({ parent, text, logp, kept })), depth: 1 });
      const series = [{ name: said, points: [[0, 0], [1, value]] }];
      charts.curves.draw({ series, ticks: [[0, said]], levels: [[1, said]], top: 1 });
      charts.curves.follow(value);
      charts.line.draw({ steps: [1, 2, 3].map((n) => ({ symbol: said, surprise: n * value, entropy: value })) });
      const points = [[0, 0], [1, value], [4, 8 * value]];
      charts.ledger.draw({ series: [{ name: said, points, mark: [1, value] }], length: 4, at: null, told: said });
    };
    draw(text, n ? 0.25 : 1);
    return { frame, draw };
  };
  const before = document.querySelectorAll("[id]").length;
  const twins = [build(0), build(1)];
  window.ids = document.querySelectorAll("[id]").length - before - twins.length;
  window.redraw = (n) => twins[n].draw("changed", 0.6);
  // All that is seen of one of them, also what is painted.
  window.seen = (n) => {
    const { frame } = twins[n];
    return [frame.innerHTML, frame.querySelector("canvas").toDataURL()];
  };
}"""
# The keys that go to a place in the chart and choose it, and what is announced then.
KEYS = {
    "heatmap": (["Home", "ArrowRight", "Enter"], ["heatmap", 0, 1]),
    "tree": (["Home", "ArrowRight", "Enter"], ["tree", 1]),
    "curves": (["End", "Enter"], ["curves", 1]),
    "line": (["Home", "ArrowRight", "Enter"], ["line", 1]),
    "ledger": (["ArrowRight"], ["ledger", 1]),
}


@pytest.fixture
def two_charts(visit: Visit) -> Page:
    page = visit("/?model=shakespeare-ngram&prompt=To be")
    page.evaluate(BUILD, static.folder())
    page.wait_for_function("""() => [0, 1].every((n) => {
      const frame = document.querySelector(`#twin-${n}`);
      const wide = frame.querySelector(".line-chart svg[tabindex]").getAttribute("width");
      return frame.querySelector("canvas").height > 30 && wide > 100;
    })""")
    page.evaluate(TWO_FRAMES)
    return page


def chart(page: Page, n: int, kind: str) -> Locator:
    return page.locator(f"#twin-{n} > [data-kind={kind}]")


def copied_numbers(box: Locator) -> str:
    """The numbers that a chart's menu copies."""
    box.locator("summary").click()
    box.get_by_role("button", name=WORDS["copy_csv"]).click()
    expect(box.locator(".save").get_by_role("status")).to_have_text(WORDS["copied"])
    box.page.keyboard.press("Escape")
    expect(box.locator(".menu")).to_be_hidden()
    return str(box.page.evaluate("window.copied"))


def test_each_of_two_charts_shows_its_own_data(two_charts: Page) -> None:
    assert two_charts.evaluate("window.ids") == 0, "a chart has no ids: on a page with two they would be the same"
    for kind in KEYS:
        mine, other = (chart(two_charts, n, kind) for n in (0, 1))
        assert mine.inner_html() != other.inner_html()
        assert copied_numbers(mine) != copied_numbers(other)
        if kind in ("heatmap", "tree", "curves"):
            expect(mine).to_contain_text("a")
            expect(other).to_contain_text("b")
    assert two_charts.evaluate("window.seen(0)[1]") != two_charts.evaluate("window.seen(1)[1]")


@pytest.mark.parametrize(("n", "other"), [(0, 1), (1, 0)])
def test_using_one_of_two_charts_leaves_the_other_unchanged(two_charts: Page, n: int, other: int) -> None:
    before = two_charts.evaluate("(n) => window.seen(n)", other)
    for kind, (keys, heard) in KEYS.items():
        box = chart(two_charts, n, kind)
        box.get_by_role("slider").focus()
        for key in keys:
            two_charts.keyboard.press(key)
        assert two_charts.evaluate("(n) => window.heard[n].at(-1)", n) == heard
        if kind in ("heatmap", "tree", "curves"):
            expect(box.locator(".told")).to_contain_text(f"{'ab'[n]} at ")
        assert two_charts.evaluate("(n) => window.seen(n)", other) == before, kind
    two_charts.evaluate("(n) => window.redraw(n)", n)
    two_charts.evaluate(TWO_FRAMES)
    assert "changed" in two_charts.evaluate("(n) => window.seen(n)", n)[0]
    assert two_charts.evaluate("(n) => window.seen(n)", other) == before
    assert two_charts.evaluate("(n) => window.heard[n]", other) == []
