// Shows a frame of a camera: loads its picture first, then swaps picture and boxes together, so that the boxes
// always belong to the picture under them. While one picture loads, only the newest of those that follow is kept.

const busy = new WeakMap();

export function show(figure, frame) {
    if (!figure || !figure.isConnected) return;
    if (busy.has(figure)) { busy.set(figure, frame); return; }
    busy.set(figure, null);
    swap(figure, frame).finally(() => {
        const next = busy.get(figure);
        busy.delete(figure);
        if (next) show(figure, next);
    });
}

async function swap(figure, frame) {
    const picture = new Image();
    picture.src = frame.url;
    try {
        await picture.decode();
    } catch {
        return; // The frame is not kept any more; the next one comes.
    }
    const shown = figure.querySelector('img');
    picture.alt = shown.alt;
    figure.style.aspectRatio = `${picture.naturalWidth} / ${picture.naturalHeight}`;
    shown.replaceWith(picture);
    figure.querySelector('.live-boxes').replaceChildren(...frame.boxes.map(draw));
    figure.dataset.frame = frame.number;
    figure.dataset.mediaTime = frame.mediaTime.toFixed(2);
}

export function draw(box) {
    const element = document.createElement('div');
    element.className = 'box';
    element.dataset.class = box.name;
    element.dataset.score = box.score.toFixed(2);
    element.dataset.box = [box.left, box.top, box.right, box.bottom].map(edge => edge.toFixed(4)).join(' ');
    element.style.left = `${box.left * 100}%`;
    element.style.top = `${box.top * 100}%`;
    element.style.width = `${(box.right - box.left) * 100}%`;
    element.style.height = `${(box.bottom - box.top) * 100}%`;
    element.style.setProperty('--hue', hue(box.name));
    const label = document.createElement('span');
    const score = document.createElement('small');
    score.textContent = ` ${Math.round(box.score * 100)} %`;
    if (box.track) element.dataset.track = box.track;
    label.append(box.says ? `${box.name} · ${box.says}` : box.name, score);
    element.append(label);
    return element;
}

// One colour a class, the same on every page: the name decides.
export function hue(name) {
    let hash = 7;
    for (const letter of name) hash = (hash * 31 + letter.codePointAt(0)) % 360;
    return (hash * 47) % 360;
}
