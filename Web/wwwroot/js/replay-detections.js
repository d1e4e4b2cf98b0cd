// The detections near the picture that is shown, fetched a stretch at a time and a stretch ahead.

const STRETCH = 20e6;
const MOST = 30;

// Boxes belong to a picture only when they were found no further from it than this: together with what the times of
// video and models differ by, they are within 100 ms.
const NEAR = 75e3;

export class Detections {
    constructor(url, changed) {
        this.url = url;
        this.changed = changed;
        this.stretches = new Map();
    }

    // What was found nearest to a time; null where that is not near, or not fetched yet.
    at(time) {
        const frames = this.stretch(time);
        this.stretch(time + STRETCH / 2);
        let [low, high] = [0, frames.length];
        while (low < high) {
            const middle = (low + high) >> 1;
            if (frames[middle].time < time) low = middle + 1;
            else high = middle;
        }
        const [before, after] = [frames[low - 1], frames[low]];
        const nearest = !before || after && after.time - time < time - before.time ? after : before;
        return nearest && Math.abs(nearest.time - time) <= NEAR ? nearest : null;
    }

    stretch(time) {
        const start = Math.floor(time / STRETCH) * STRETCH;
        let known = this.stretches.get(start);
        // What was fetched before it was over is fetched again.
        if (!known || !known.whole && !known.busy && Date.now() > known.asked + 2000) {
            known = { frames: known?.frames ?? [], asked: Date.now(), whole: Date.now() * 1000 > start + STRETCH + 10e6, busy: true };
            this.stretches.set(start, known);
            this.fetch(start).then(frames => { known.frames = frames; }, () => { known.whole = false; }).finally(() => { known.busy = false; this.changed(); });
            if (this.stretches.size > MOST) this.stretches.delete(this.stretches.keys().next().value);
        }
        return known.frames;
    }

    async fetch(start) {
        const frames = new Map();
        let after = '';
        do {
            const answer = await fetch(`${this.url}?from=${start}&to=${start + STRETCH}&limit=10000${after}`);
            if (!answer.ok) throw new Error(`${answer.status}`);
            const page = await answer.json();
            for (const one of page.detections) {
                const time = Date.parse(one.time) * 1000;
                if (!frames.has(time)) frames.set(time, { time, boxes: [] });
                frames.get(time).boxes.push({ name: one.class, score: one.score, ...one.box });
            }
            after = page.next ? `&after=${page.next}` : null;
        } while (after);
        return [...frames.values()].sort((a, b) => a.time - b.time);
    }
}
