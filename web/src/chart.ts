import type uPlot from 'uplot'

// Where nobody points at a chart, its legend tells the latest values.
export const tellsLatest: uPlot.Hooks.Arrays = {
  setLegend: [(plot) => {
    const last = plot.data[0].length - 1
    if ((plot.cursor.left ?? -1) < 0 && last >= 0 && plot.legend.idx !== last) plot.setLegend({ idx: last })
  }],
}
