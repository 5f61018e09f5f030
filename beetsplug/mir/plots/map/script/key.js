/* The legend: groups that can be hidden, or the colours of a measure. */
const key = (() => {
  const {byId, element, say, onPage, state} = page;
  const {scale} = data;
  const {symbol} = symbols;

  /** Show what the colours mean; `redraw` draws the map without the groups that are hidden. */
  function show(redraw) {
    byId('key').hidden = !state.legend;
    if (!state.legend) return byId('key').replaceChildren();
    const focused = [...byId('key').children].indexOf(document.activeElement);
    const parts = groups.present()
      ? groups.shown().list.map((group) => entry(group, redraw))
      : [bar(looks.rangeOf(state.colour))];
    byId('key').replaceChildren(...parts);
    if (focused >= 0) parts[focused]?.focus();
  }

  function entry(group, redraw) {
    const made = element('button', '');
    made.type = 'button';
    made.setAttribute('aria-pressed', String(!groups.isHidden(group)));
    made.append(
      symbol(group.symbol, onPage(group.colour)),
      element('span', group.name, 'name'),
      element('span', ` (${group.count})`, 'count'),
    );
    made.title = 'Click to hide or show';
    made.addEventListener('click', () => {
      groups.toggle(group);
      say(groups.isHidden(group) ? 'Hidden' : 'Shown');
      return redraw();
    });
    return made;
  }

  function bar({name, unit, least, most}) {
    const made = element('div', '', 'bar');
    const colours = element('div', '', 'colours');
    colours.style.background = `linear-gradient(to top, ${scale.map(onPage).join()})`;
    made.append(
      element('div', unit ? `${name} (${unit})` : name, 'name'),
      element('div', String(Number(most.toPrecision(3))), 'most'),
      colours,
      element('div', String(Number(least.toPrecision(3))), 'least'),
    );
    return made;
  }

  return {show};
})();
