// Lines over time by uPlot. A change of the lines' names builds the chart anew; else only its data changes.
import { hue } from './live-view.js';

const charts = new WeakMap();

export function draw(host, times, lines) {
    if (!host || !host.isConnected) return;
    const names = lines.map(line => line.name).join('\n');
    const data = [times, ...lines.map(line => line.values)];
    const known = charts.get(host);
    if (known && known.names === names) { known.plot.setData(data); return; }
    known?.plot.destroy();

    const plot = new uPlot(options(host, lines), data, host);
    const resize = new ResizeObserver(() => plot.setSize({ width: host.clientWidth, height: height(host) }));
    known?.resize.disconnect();
    resize.observe(host);
    charts.set(host, { plot, names, resize });
}

export function remove(host) {
    const known = host && charts.get(host);
    if (!known) return;
    known.resize.disconnect();
    known.plot.destroy();
    charts.delete(host);
}

const clock = seconds => new Date(seconds * 1000).toISOString().slice(11, 19);

const height = host => Math.max(160, Math.min(260, host.clientWidth * 0.3));

function options(host, lines) {
    const style = getComputedStyle(host);
    const axis = { stroke: style.color, grid: { stroke: style.borderColor, width: 1 }, ticks: { stroke: style.borderColor, width: 1 } };
    return {
        width: host.clientWidth,
        height: height(host),
        cursor: { drag: { x: false, y: false } },
        scales: { y: { range: (_, low, top) => [0, Math.max(1, Math.ceil((top ?? 0) * 1.1))] } },
        axes: [
            { ...axis, space: 90, values: (_, times) => times.map(clock) },
            { ...axis, size: 42 },
        ],
        series: [
            { label: 'UTC', value: (_, time) => time === null ? '–' : clock(time) },
            ...lines.map(line => ({
                label: line.name,
                stroke: `hsl(${hue(line.name)} 75% 50%)`,
                width: 2,
                spanGaps: false,
                points: { show: false },
                paths: uPlot.paths.stepped({ align: 1 }),
            })),
        ],
    };
}
