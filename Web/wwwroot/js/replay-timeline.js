// A range of time on a canvas: where there is video, motion, detections and gaps, where the player is, and what is marked.
import { hue } from './live-view.js';

const MICROS = 1e6;
const LEAST = 10 * MICROS;
const MOST = 31 * 86400 * MICROS;
const STEPS = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400].map(seconds => seconds * MICROS);

export class Timeline {
    constructor(canvas, hint, base, on) {
        this.canvas = canvas;
        this.hint = hint;
        this.base = base;
        this.on = on;
        this.data = { recorded: [], motion: [], gaps: [], detections: [], step: MICROS };
        this.words = hint.textContent;
        this.resize = new ResizeObserver(() => this.paint());
        this.resize.observe(canvas);
        this.refresh = setInterval(() => this.follow(), 5000);
        this.listen();
    }

    close() {
        clearInterval(this.refresh);
        this.resize.disconnect();
    }

    async show(from, to) {
        [this.from, this.to] = [Math.max(0, Math.round(from)), Math.round(to)];
        this.paint();
        await this.load();
    }

    // What was there when the newest answer came.
    recordedStart() { return this.data.recorded[0]?.from ?? null; }

    recordedEnd() { return this.data.recorded.at(-1)?.to ?? null; }

    head(time) {
        this.time = time;
        this.canvas.setAttribute('aria-valuetext', new Date(time / 1000).toISOString());
        if (!this.painting) this.painting = requestAnimationFrame(() => { this.painting = 0; this.paint(); });
    }

    mark(range) {
        this.marked = range;
        this.paint();
    }

    // A view that ends at the present goes on with it; one that ends later fills.
    follow() {
        const late = Date.now() * 1000 - this.to;
        if (this.from === undefined || this.dragging || late > 15 * MICROS) return;
        if (late < 0) this.load();
        else this.show(this.from + late, this.to + late);
    }

    async load() {
        const turn = this.turn = (this.turn ?? 0) + 1;
        try {
            const answer = await fetch(`${this.base}timeline?from=${this.from}&to=${this.to}`);
            if (!answer.ok || turn !== this.turn) return;
            this.data = await answer.json();
        } catch {
            return; // The site is away; the next look brings it.
        }
        this.canvas.dataset.recorded = this.data.recorded.length;
        this.canvas.dataset.gaps = this.data.gaps.length;
        this.canvas.dataset.detections = this.data.detections.length;
        this.paint();
    }

    listen() {
        const timeOf = event => {
            const box = this.canvas.getBoundingClientRect();
            return this.from + (event.clientX - box.left) / box.width * (this.to - this.from);
        };
        this.canvas.addEventListener('pointerdown', event => {
            this.canvas.setPointerCapture(event.pointerId);
            this.dragging = { x: event.clientX, time: timeOf(event) };
        });
        this.canvas.addEventListener('pointermove', event => {
            this.tell(timeOf(event));
            if (!this.dragging || Math.abs(event.clientX - this.dragging.x) < 4) return;
            const [a, b] = [this.dragging.time, timeOf(event)];
            this.mark({ from: Math.min(a, b), to: Math.max(a, b) });
        });
        this.canvas.addEventListener('pointerup', event => {
            const start = this.dragging;
            this.dragging = null;
            if (!start) return;
            if (Math.abs(event.clientX - start.x) < 4) this.on.seek(timeOf(event));
            else this.on.mark(this.marked);
        });
        this.canvas.addEventListener('pointerleave', () => { this.hint.textContent = this.words; });
        this.canvas.addEventListener('wheel', event => {
            event.preventDefault();
            const [time, length] = [timeOf(event), this.to - this.from];
            const wanted = Math.min(MOST, Math.max(LEAST, length * (event.deltaY > 0 ? 1.3 : 1 / 1.3)));
            const from = time - (time - this.from) / length * wanted;
            this.show(from, from + wanted);
        }, { passive: false });
    }

    tell(time) {
        const at = new Date(time / 1000).toISOString().replace('T', ' ').slice(0, 19);
        const gap = this.data.gaps.find(one => one.from <= time && time < one.to);
        this.hint.textContent = gap ? `${at}: missing for ${((gap.to - gap.from) / MICROS).toFixed(1)} s. ${gap.detail}` : at;
    }

    paint() {
        const { canvas } = this;
        const [width, height, scale] = [canvas.clientWidth, canvas.clientHeight, window.devicePixelRatio || 1];
        if (!width || this.from === undefined) return;
        if (canvas.width !== width * scale || canvas.height !== height * scale) [canvas.width, canvas.height] = [width * scale, height * scale];
        const pen = canvas.getContext('2d');
        pen.setTransform(scale, 0, 0, scale, 0, 0);
        pen.clearRect(0, 0, width, height);
        const x = time => (time - this.from) / (this.to - this.from) * width;
        const bar = (range, y, h) => pen.fillRect(x(range.from), y, Math.max(1, x(range.to) - x(range.from)), h);
        const text = getComputedStyle(canvas).color;

        this.paintDetections(pen, x, 44);
        pen.fillStyle = '#d98a00';
        for (const range of this.data.motion) bar(range, 47, 5);
        pen.fillStyle = '#2f7dd1';
        for (const range of this.data.recorded) bar(range, 54, 12);
        pen.fillStyle = '#c4262e';
        for (const range of this.data.gaps) bar(range, 54, 12);
        this.paintTicks(pen, x, text, width);
        if (this.marked) {
            pen.fillStyle = 'rgb(120 120 120 / 30%)';
            bar(this.marked, 0, 68);
        }
        if (this.time) {
            pen.fillStyle = text;
            pen.fillRect(x(this.time) - 1, 0, 2, 70);
        }
    }

    paintDetections(pen, x, floor) {
        const totals = new Map();
        for (const one of this.data.detections) totals.set(one.time, (totals.get(one.time) ?? 0) + one.count);
        const most = Math.max(1, ...totals.values());
        const below = new Map();
        for (const one of this.data.detections) {
            const tall = one.count / most * (floor - 4);
            const under = below.get(one.time) ?? 0;
            pen.fillStyle = `hsl(${hue(one.class)} 75% 50%)`;
            pen.fillRect(x(one.time), floor - under - tall, Math.max(1, x(one.time + this.data.step) - x(one.time)), tall);
            below.set(one.time, under + tall);
        }
    }

    paintTicks(pen, x, text, width) {
        const step = STEPS.find(one => x(this.from + one) >= 90) ?? STEPS.at(-1);
        pen.fillStyle = text;
        pen.font = '11px system-ui, sans-serif';
        for (let time = Math.ceil(this.from / step) * step; time < this.to; time += step) {
            const at = x(time);
            pen.globalAlpha = 0.25;
            pen.fillRect(at, 0, 1, 72);
            pen.globalAlpha = 0.8;
            const label = new Date(time / 1000).toISOString().slice(...(step >= 43200 * MICROS ? [5, 10] : step >= 60 * MICROS ? [11, 16] : [11, 19]));
            if (at + 50 < width) pen.fillText(label, at + 3, 86);
        }
        pen.globalAlpha = 1;
    }
}
