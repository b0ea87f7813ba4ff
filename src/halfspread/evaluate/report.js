// report.js: draws the charts once they come into view, keeps their time axes together, sorts, themes.
"use strict";
(async () => {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const charts = [...document.querySelectorAll(".chart[id]")];
  const drawn = new Set();
  let range = null, paper = false, theme;

  const toggle = document.getElementById("theme");
  const root = document.documentElement, night = matchMedia("(prefers-color-scheme: dark)");
  toggle.onclick = () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : night.matches;
    root.dataset.theme = dark ? "light" : "dark";
    repaint();
  };
  night.addEventListener("change", () => repaint());

  // What the page's colours make of a figure's layout.
  const colours = (chart) => {
    const style = getComputedStyle(chart), card = getComputedStyle(chart.closest("section"));
    return { text: style.color, grid: style.borderTopColor, card: card.backgroundColor, ink: card.color };
  };
  const layoutOf = (chart) => {
    const { text, grid, card, ink } = colours(chart), own = figures[chart.id].layout;
    const legend = own.showlegend !== false && figures[chart.id].data.length > 1;
    const axis = { gridcolor: grid, zerolinecolor: text, exponentformat: "none", separatethousands: true };
    return {
      ...own,
      xaxis: { ...axis, ...own.xaxis, ...(own.xaxis.type === "date" && range && { range }) },
      yaxis: { ...axis, ...own.yaxis },
      font: { color: text, size: 12, family: getComputedStyle(document.body).fontFamily },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      margin: { l: 92, r: 12, t: legend ? 34 : 10, b: 44 },
      legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom" },
      hoverlabel: { bgcolor: card, bordercolor: grid, font: { color: ink } },
      showlegend: legend,
      ...(paper && { width: 660 }),
    };
  };
  const draw = (chart) => {
    if (drawn.has(chart)) return;
    drawn.add(chart);
    const { data } = figures[chart.id];
    const config = { responsive: true, displayModeBar: false, doubleClick: "reset" };
    Plotly.newPlot(chart, data, layoutOf(chart), config);
    if (figures[chart.id].layout.xaxis.type !== "date") return;
    chart.on("plotly_relayout", (change) => {
      const wanted = change["xaxis.range"] || [change["xaxis.range[0]"], change["xaxis.range[1]"]];
      if (wanted[0] === undefined || String(wanted) === String(range)) return;
      range = [...wanted];
      for (const other of drawn) {
        if (other === chart || figures[other.id].layout.xaxis.type !== "date") continue;
        Plotly.relayout(other, { "xaxis.range": [...range] });
      }
    });
  };
  const repaint = () => {
    for (const chart of drawn) Plotly.react(chart, chart.data, layoutOf(chart));
  };

  for (const head of document.querySelectorAll(".lanes th")) {
    head.onclick = () => {
      const body = head.closest("table").tBodies[0], column = head.cellIndex;
      const rising = head.getAttribute("aria-sort") === "descending";
      const value = (row) => parseFloat(row.cells[column].dataset.value);
      const rank = (a, b) => (isNaN(a) - isNaN(b)) || (rising ? a - b : b - a);
      for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", rising ? "ascending" : "descending");
      body.append(...[...body.rows].sort((a, b) => rank(value(a), value(b))));
    };
  }

  // The library is packed, so that the numbers are on the screen before it is read.
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  const packed = await fetch("data:;base64," + document.getElementById("library").textContent.trim());
  const library = packed.body.pipeThrough(new DecompressionStream("gzip"));
  const script = document.createElement("script");
  const text = await new Response(library).blob();
  script.src = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  await new Promise((resolve, reject) => {
    Object.assign(script, { onload: resolve, onerror: reject });
    document.head.append(script);
  });
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) { watch.unobserve(entry.target); draw(entry.target); }
  }, { rootMargin: "200px" });
  for (const chart of charts) watch.observe(chart);
  addEventListener("beforeprint", () => {
    paper = true;
    theme = root.dataset.theme;
    root.dataset.theme = "light";
    charts.forEach(draw);
    repaint();
  });
  addEventListener("afterprint", () => {
    paper = false;
    if (theme) root.dataset.theme = theme; else delete root.dataset.theme;
    repaint();
  });
})().catch((why) => {
  for (const chart of document.querySelectorAll(".chart[id]")) chart.append(`No chart: ${why}`);
});
