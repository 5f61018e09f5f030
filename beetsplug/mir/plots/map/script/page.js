/* What all parts share: the elements of the page, its colours, and what is to be seen on it.
   Tags are data: whatever writes them here does so by textContent. */
const page = (() => {
  const LIFT = 0.35; // of colours towards white, where the page is dark

  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const state = {
    colour: 'genre', // or 'cluster', or a feature's number
    view: 2, // dimensions
    drag: 'pan',
    legend: !isNarrow(),
    chosen: -1, // a track
    near: [], // its neighbours, as [distance, track]
    selected: null, // a set of tracks
    hiddenLines: new Set(), // by their numbers
    hiddenGroups: new Set(), // by colouring and name
  };

  function byId(id) {
    return document.getElementById(id);
  }

  function element(kind, text, className) {
    const made = document.createElement(kind);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  function button(text, action) {
    const made = element('button', text);
    made.type = 'button';
    made.addEventListener('click', action);
    return made;
  }

  /** Tell those who hear the page. */
  function say(text) {
    byId('said').textContent = text;
  }

  function isNarrow() {
    return window.innerWidth <= 760; // as in the style
  }

  /** The value of one of the style's custom properties. */
  function css(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  /** Red, green and blue, 0 to 255, of a colour of the figures, which are made for white paper. */
  function rgb(colour, lift = dark.matches ? LIFT : 0) {
    const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    return parts.map((part) => Math.round(part + (255 - part) * lift));
  }

  /** A colour of the figures for the style. */
  function onPage(colour) {
    return `rgb(${rgb(colour).join()})`;
  }

  /** Do works one after the other, whenever the browser has nothing else to do. */
  function whenIdle(works) {
    const ask = window.requestIdleCallback || ((work) => setTimeout(work, 50));
    const next = () => {
      const work = works.shift();
      if (!work) return;
      work();
      ask(next);
    };
    ask(next);
  }

  function numbered(number) {
    return number.toLocaleString('en');
  }

  function counted(number) {
    return number === 1 ? '1 track' : `${numbered(number)} tracks`;
  }

  return {
    byId,
    element,
    button,
    say,
    isNarrow,
    css,
    rgb,
    onPage,
    whenIdle,
    numbered,
    counted,
    dark,
    state,
  };
})();
