// The page inside a frame of the Hub, where a Space is shown: the visitor sees the address of the Hub's page, not ours.
// The Hub lets a Space set that address's query: huggingface.co/docs/hub/spaces-handle-url-parameters.

(() => {
  "use strict";
  const HUB = "https://huggingface.co";

  const originOf = (address) => { try { return new URL(address).origin; } catch { return ""; } };

  // Whether the page around this one is the Hub's. A browser that does not list the pages around tells where it came from.
  function inHub() {
    if (window.parent === window) return false;
    const { ancestorOrigins } = location;
    return (ancestorOrigins?.length ? ancestorOrigins[0] : originOf(document.referrer)) === HUB;
  }

  // The query of an address for others. What begins with "__" is between the Hub and this page: the theme, or the
  // signature that opens a private Space.
  function query(address) {
    const { searchParams } = new URL(address);
    for (const name of [...searchParams.keys()]) if (name.startsWith("__")) searchParams.delete(name);
    const text = searchParams.toString();
    return text && `?${text}`;
  }

  function tellHub(address) {
    if (inHub()) window.parent.postMessage({ queryString: query(address) }, HUB);
  }

  // The address that opens this page elsewhere.
  function shared(address) {
    const space = inHub() && window.gradio_config?.space_id;
    const { origin, pathname } = new URL(address);
    return `${space ? `${HUB}/spaces/${space}` : origin + pathname}${query(address)}`;
  }

  window.playground.frame = { tellHub, shared };
})();
