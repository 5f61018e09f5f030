/* The pointer on the map: the tip beside it, clicks on points, lasso and box. */
const pointer = (() => {
  const {byId, element, state} = page;
  const {titleOf, artistOf, genreOf, clusterOf} = data;
  const {map, isBusy, trackAt} = drawing;

  const TURNED = 5; // pixels from which a press has turned the map and was no click

  const at = {x: 0, y: 0, moved: 0, over: -1}; // over: the track below it

  function showTip(event) {
    const i = trackAt(event.points[0]);
    at.over = i;
    if (i < 0) return;
    const cluster = clusterOf(i) && `cluster ${clusterOf(i)}`;
    const texts = [titleOf(i), artistOf(i), genreOf(i), cluster].filter(Boolean);
    const tip = byId('tip');
    tip.replaceChildren(...texts.map((text) => element('div', text)));
    tip.hidden = false;
    const {width, height} = tip.getBoundingClientRect();
    const left = Math.min(at.x + 14, window.innerWidth - width - 4);
    const below = at.y + 14 + height <= window.innerHeight;
    const top = below ? at.y + 14 : at.y - height - 10;
    tip.style.left = `${Math.max(4, left)}px`;
    tip.style.top = `${Math.max(4, top)}px`;
  }

  function hideTip() {
    byId('tip').hidden = true;
    at.over = -1;
  }

  function follow({clientX, clientY}) {
    at.moved += Math.abs(clientX - at.x) + Math.abs(clientY - at.y);
    at.x = clientX;
    at.y = clientY;
  }

  function listen() {
    map.on('plotly_hover', showTip);
    map.on('plotly_unhover', hideTip);
    map.on('plotly_click', ({points}) => {
      const i = trackAt(points[0]);
      if (state.view === 2 && i >= 0) panel.choose(i);
    });
    map.on('plotly_selected', (event) => {
      if (!event || isBusy()) return; // plotly says so, too, when it is drawn anew
      selection.select(event.points.map(trackAt).filter((i) => i >= 0));
    });
    listenToClicksIn3d();
    map.addEventListener('pointermove', follow, true);
    map.addEventListener('pointerleave', hideTip);
  }

  /** In 3-D plotly tells of a click again at each drawing while the button is down. */
  function listenToClicksIn3d() {
    const press = () => {
      at.moved = 0;
    };
    const release = ({target}) => {
      const turned = at.moved > TURNED;
      const onScene = state.view === 3 && !(target instanceof SVGElement);
      const i = at.over;
      if (onScene && !turned && i >= 0) setTimeout(() => panel.choose(i));
    };
    map.addEventListener('pointerdown', press, true);
    map.addEventListener('pointerup', release, true);
  }

  return {hideTip, listen};
})();
