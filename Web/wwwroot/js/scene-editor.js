// Zones and lines over a camera's picture: draws them, lets a person draw new ones by clicking, and drag their corners.
// Places are parts of the picture, 0 to 1. The page keeps what there is; this only tells it what a person has done.

const ns = 'http://www.w3.org/2000/svg';
const editors = new WeakMap();

export function open(host, page) {
    const svg = host.querySelector('svg');
    const editor = { svg, page, shapes: [], drawing: null, dragged: null };
    editors.set(host, editor);
    svg.addEventListener('click', event => click(editor, event));
    svg.addEventListener('dblclick', () => finish(editor));
    svg.addEventListener('pointermove', event => drag(editor, event));
    svg.addEventListener('pointerup', () => drop(editor));
}

export function show(host, shapes) {
    const editor = editors.get(host);
    if (!editor) return;
    editor.shapes = shapes;
    paint(editor);
}

// kind is 'zone', 'mask' or 'line'.
export function draw(host, kind) {
    const editor = editors.get(host);
    if (!editor) return;
    editor.drawing = kind ? { kind, points: [] } : null;
    editor.svg.classList.toggle('is-drawing', kind !== null);
    paint(editor);
}

export function end(host) {
    const editor = editors.get(host);
    if (editor) finish(editor);
}

function place(editor, event) {
    const box = editor.svg.getBoundingClientRect();
    const within = value => Math.min(1, Math.max(0, value));
    return { x: within((event.clientX - box.left) / box.width), y: within((event.clientY - box.top) / box.height) };
}

function click(editor, event) {
    if (!editor.drawing) return;
    editor.drawing.points.push(place(editor, event));
    if (editor.drawing.kind === 'line' && editor.drawing.points.length === 2) finish(editor);
    else paint(editor);
}

function finish(editor) {
    const { kind, points } = editor.drawing ?? {};
    if (!kind) return;
    // A double click has put its corner down twice.
    const distinct = points.filter((point, i) => i === 0 || Math.hypot(point.x - points[i - 1].x, point.y - points[i - 1].y) > 0.004);
    if (distinct.length < (kind === 'line' ? 2 : 3)) return;
    editor.drawing = null;
    editor.svg.classList.remove('is-drawing');
    editor.page.invokeMethodAsync('OnDrawn', kind, distinct);
}

function drag(editor, event) {
    if (!editor.dragged) return;
    const { shape, corner } = editor.dragged;
    editor.shapes[shape].points[corner] = place(editor, event);
    paint(editor);
}

function drop(editor) {
    if (!editor.dragged) return;
    const { shape } = editor.dragged;
    editor.dragged = null;
    editor.page.invokeMethodAsync('OnMoved', shape, editor.shapes[shape].points);
}

function paint(editor) {
    const parts = editor.shapes.flatMap((shape, i) => draft(shape.kind, shape.points, shape.name, editor, i));
    if (editor.drawing) parts.push(...draft(editor.drawing.kind, editor.drawing.points, '', editor, -1));
    editor.svg.replaceChildren(...parts);
}

function draft(kind, points, name, editor, index) {
    const parts = [];
    const at = points.map(point => `${point.x * 100},${point.y * 100}`).join(' ');
    parts.push(make(kind === 'line' || index < 0 ? 'polyline' : 'polygon', { points: at, class: `shape ${kind}` }));
    if (kind === 'line' && points.length === 2) parts.push(arrow(points));
    points.forEach((point, corner) => {
        const handle = make('circle', { cx: point.x * 100, cy: point.y * 100, r: 1.2, class: 'corner' });
        if (index >= 0) {
            handle.addEventListener('pointerdown', event => {
                if (editor.drawing) return;
                event.preventDefault();
                editor.dragged = { shape: index, corner };
            });
        }
        parts.push(handle);
    });
    if (name && points.length > 0) {
        const label = make('text', { x: points[0].x * 100 + 1.5, y: points[0].y * 100 - 1.5, class: 'name' });
        label.textContent = name;
        parts.push(label);
    }
    return parts;
}

// Shows which way is 'in': from the line's left to its right, as one looks along it; rows count downwards.
function arrow([from, to]) {
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const length = Math.hypot(dx, dy) || 1;
    const [x, y] = [(from.x + to.x) * 50, (from.y + to.y) * 50];
    const [nx, ny] = [-dy / length * 5, dx / length * 5];
    const [tx, ty] = [dx / length * 1.5, dy / length * 1.5];
    return make('path', { d: `M${x},${y} l${nx},${ny} m${-nx * 0.4 + tx},${-ny * 0.4 + ty} L${x + nx},${y + ny} L${x + nx * 0.6 - tx},${y + ny * 0.6 - ty}`, class: 'shape line' });
}

function make(name, attributes) {
    const element = document.createElementNS(ns, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
}
