"""Data flows through the diagrams of the Shapes tab as they compute: a light moves from box to box in every section."""

import pytest
from playwright.sync_api import Page, expect

# In this section the light starts with a measurement: no other section has computed yet.
HERE = "/?tab=shapes&shape=costs&model=shakespeare-ngram&prompt=To+be"
SECTIONS = ["one", "names", "review", "step", "translate", "gap", "pairs"]

# Notes the places in the order of the light at which it came, by section: an animation that is over is found as well.
NOTE_LIGHTS = """() => {
  window.lights = {};
  document.addEventListener("animationstart", ({ animationName, target }) => {
    const section = target.closest(".flowing")?.parentElement.id;
    if (animationName !== "shape-flow" || !section) return;
    (window.lights[section] ??= new Set()).add(target.style.getPropertyValue("--at"));
  });
}"""


@pytest.fixture(scope="module")
def costs_page(shared_page: Page, server: str) -> Page:
    """The page before another section was opened."""
    shared_page.goto(server + HERE)
    shared_page.wait_for_selector("#shape-costs button.main")
    shared_page.evaluate(NOTE_LIGHTS)
    return shared_page


@pytest.mark.parametrize("name", SECTIONS)
def test_a_light_moves_through_the_diagram_of_a_computing_section(costs_page: Page, name: str) -> None:
    costs_page.locator(f".shape-card[data-shape={name}]").click()
    expect(costs_page.locator(f"#shape-{name} .diagram.flows")).to_be_visible()
    costs_page.wait_for_function("name => window.lights[`shape-${name}`]?.size >= 3", arg=name)  # in, through, out
