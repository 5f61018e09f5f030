/* deck.gl: a ScatterplotLayer of packed positions and colours; `thin` draws so many points. */
window.draw = ({x, y, rgb, thin}) => {
  const {Deck, OrthographicView, ScatterplotLayer} = deckgl;
  const n = thin || x.length;
  const places = new Float32Array(n * 2);
  for (let i = 0; i < n; i++) places.set([x[i], y[i]], 2 * i);
  const layer = new ScatterplotLayer({
    id: 'points',
    data: {
      length: n,
      attributes: {
        getPosition: {value: places, size: 2},
        getFillColor: {value: rgb.subarray(0, 3 * n), size: 3},
      },
    },
    radiusUnits: 'pixels',
    getRadius: 1.75,
    antialiasing: false,
  });
  return new Promise((resolve, reject) => {
    const seen = (shift) => ({target: [shift, 0, 0], zoom: Math.log2(innerHeight / 12)});
    const map = new Deck({
      parent: document.getElementById('map'),
      views: new OrthographicView({flipY: false}),
      viewState: seen(0),
      useDevicePixels: 1,
      layers: [layer],
      onError: reject,
      onAfterRender: () => resolve((shift) => map.setProps({viewState: seen(shift)})),
    });
  });
};
