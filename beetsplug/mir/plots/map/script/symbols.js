/* Drawings within the page: elements of SVG, and the symbols of groups. */
const symbols = (() => {
  const SVG = 'http://www.w3.org/2000/svg';
  // The figures' markers, in a square of 16 around 0.
  const SHAPES = [
    'M5,0A5,5 0 1 1 -5,0A5,5 0 1 1 5,0Z',
    'M-4.5,-4.5H4.5V4.5H-4.5Z',
    'M0,-6.2L6.2,0L0,6.2L-6.2,0Z',
    'M0,-6L5.8,4H-5.8Z',
    'M0,6L5.8,-4H-5.8Z',
  ];

  function drawnAs(kind, attributes = {}) {
    const made = document.createElementNS(SVG, kind);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  }

  /** The symbol of a group, to stand beside its name. */
  function symbol(number, colour) {
    const made = drawnAs('svg', {viewBox: '-8 -8 16 16', 'aria-hidden': 'true'});
    made.append(drawnAs('path', {d: SHAPES[number % SHAPES.length], fill: colour}));
    return made;
  }

  return {drawnAs, symbol};
})();
