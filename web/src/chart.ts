import type uPlot from 'uplot'

// tellLatest has the legend tell the latest values, where nobody points at any.
// A new plot draws itself first, so it comes after that.
export function tellLatest(plot: uPlot) {
  setTimeout(() => { if (plot.cursor.idx == null) plot.setLegend({ idx: plot.data[0].length - 1 }) })
}
