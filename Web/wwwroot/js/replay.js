// Replays what was recorded of a camera: video by hls.js, and over each picture the boxes that were found on it. All times
// are microseconds since 1970 UTC, as the site tells them.
import { draw } from './live-view.js';
import { Detections } from './replay-detections.js';
import { Timeline } from './replay-timeline.js';

const MICROS = 1e6;
const HOUR = 3600 * MICROS;
const players = new WeakMap();
let library;

export function open(host, camera, at, page) {
    const player = new Player(host, camera, page);
    players.set(host, player);
    player.begin(at);
}

export function close(host) {
    players.get(host)?.close();
    players.delete(host);
}

function loadLibrary() {
    return library ??= new Promise((done, failed) => {
        const script = document.createElement('script');
        script.src = 'lib/hls/hls.light.min.js';
        script.onload = () => done(window.Hls);
        script.onerror = () => failed(new Error('The player could not be loaded.'));
        document.head.append(script);
    });
}

class Player {
    constructor(host, camera, page) {
        this.host = host;
        this.page = page;
        this.base = `api/cameras/${encodeURIComponent(camera)}/recordings/`;
        this.video = host.querySelector('video');
        this.boxes = host.querySelector('.replay-boxes');
        this.veil = host.querySelector('.replay-veil');
        this.detections = new Detections(`api/cameras/${encodeURIComponent(camera)}/detections`, () => this.showFrame(this.shown));
        this.timeline = new Timeline(host.querySelector('canvas'), host.querySelector('[data-hint]'), this.base, {
            seek: time => this.seek(time),
            mark: range => this.mark(range),
        });
        this.listen();
        this.watchFrames();
    }

    async begin(at) {
        const now = Date.now() * 1000;
        await this.timeline.show(at ? at - 300 * MICROS : now - 600 * MICROS, at ? at + 300 * MICROS : now);
        // Without a wish, a little before the end of what is there.
        const end = this.timeline.recordedEnd();
        const wanted = at ?? (end === null ? null : Math.max(this.timeline.recordedStart(), end - 60 * MICROS));
        if (wanted === null) return this.tell('Nothing was recorded in the last ten minutes.');
        await this.load(wanted);
    }

    close() {
        this.closed = true;
        this.hls?.destroy();
        this.timeline.close();
        this.video.removeAttribute('src');
    }

    // Loads the hour that begins at a time; the first picture is the one of that time.
    async load(time) {
        const turn = this.turn = (this.turn ?? 0) + 1;
        const Hls = await loadLibrary();
        if (this.closed || turn !== this.turn) return;
        this.asked = performance.now();
        this.tell('');
        this.hls?.destroy();
        this.hls = null;
        const url = `${this.base}playlist.m3u8?from=${Math.round(time)}&to=${Math.round(time + HOUR)}`;
        if (!Hls.isSupported()) {
            this.video.src = url;
            return;
        }
        const hls = this.hls = new Hls({ maxBufferLength: 20, maxBufferHole: 0.6, startPosition: 0 });
        hls.on(Hls.Events.LEVEL_LOADED, (_, level) => {
            this.fragments = level.details.fragments;
            const wanted = this.mediaTime(time);
            if (wanted > 0) this.video.currentTime = wanted;
        });
        hls.on(Hls.Events.ERROR, (_, error) => {
            if (!error.fatal) return;
            this.fragments = null;
            this.tell(error.details === 'levelEmptyError' || error.details === 'manifestParsingError' || error.details === 'levelParsingError'
                ? 'Nothing is recorded there.'
                : `It cannot be played: ${error.details}${error.error ? ` (${error.error.message})` : ''}.`);
        });
        hls.loadSource(url);
        hls.attachMedia(this.video);
    }

    seek(time) {
        const last = this.fragments?.at(-1);
        if (last && time >= this.fragments[0].programDateTime * 1000 && time < (last.programDateTime + last.duration * 1000) * 1000) {
            this.video.currentTime = this.mediaTime(time);
        } else {
            this.load(time);
        }
    }

    // The player's time of a picture that was taken at a time; of what is not there, that of what comes next.
    mediaTime(time) {
        const wanted = time / 1000;
        for (const fragment of this.fragments ?? []) {
            if (fragment.gap || wanted >= fragment.programDateTime + fragment.duration * 1000) continue;
            return fragment.start + Math.max(0, wanted - fragment.programDateTime) / 1000;
        }
        return 0;
    }

    // When the picture was taken that the player shows at its time.
    takenAt(mediaTime) {
        // A picture's time may be a trifle before that of its fragment.
        const fragment = this.fragments?.findLast(one => one.start <= mediaTime + 0.005 && !one.gap);
        return fragment ? (fragment.programDateTime + (mediaTime - fragment.start) * 1000) * 1000 : null;
    }

    watchFrames() {
        this.video.requestVideoFrameCallback((_, frame) => {
            if (this.closed) return;
            this.showFrame(frame.mediaTime);
            this.watchFrames();
        });
    }

    showFrame(mediaTime) {
        if (this.asked) {
            this.host.dataset.firstPicture = Math.round(performance.now() - this.asked);
            this.asked = null;
        }
        this.shown = mediaTime;
        const time = this.closed || mediaTime === undefined ? null : this.takenAt(mediaTime);
        if (time === null) return;
        const found = this.detections.at(time);
        this.boxes.replaceChildren(...(found?.boxes ?? []).map(draw));
        this.host.dataset.time = Math.round(time);
        this.host.dataset.overlayTime = found ? Math.round(found.time) : '';
        this.host.querySelector('[data-clock]').textContent = new Date(time / 1000).toISOString().replace('T', ' ').slice(0, 23);
        this.timeline.head(time);
        const { videoWidth, videoHeight } = this.video;
        if (videoWidth) this.host.querySelector('.replay-picture').style.aspectRatio = `${videoWidth} / ${videoHeight}`;
    }

    tell(text) {
        this.veil.textContent = text;
        this.veil.hidden = !text;
    }

    mark(range) {
        const marked = this.host.querySelector('.replay-marked');
        marked.hidden = !range;
        this.marked = range;
        if (!range) return;
        const say = time => new Date(time / 1000).toISOString().replace('T', ' ').slice(0, 19);
        marked.querySelector('[data-marked]').textContent = `${say(range.from)} to ${say(range.to)}`;
        marked.querySelector('[data-act=export]').href = `${this.base}export?from=${Math.round(range.from)}&to=${Math.round(range.to)}`;
    }

    listen() {
        const acts = {
            play: () => this.video.paused ? this.video.play() : this.video.pause(),
            back: () => this.step(-10),
            forward: () => this.step(10),
            unmark: () => { this.timeline.mark(null); this.mark(null); },
            keep: () => this.page.invokeMethodAsync('KeepAsync', Math.round(this.marked.from), Math.round(this.marked.to)),
        };
        this.host.addEventListener('click', event => {
            const act = acts[event.target.closest('button[data-act]')?.dataset.act];
            if (act) act();
            const length = event.target.closest('[data-range]')?.dataset.range;
            const now = Date.now() * 1000;
            if (length) this.timeline.show(now - length * MICROS, now);
        });
        this.host.querySelector('[data-act=speed]').addEventListener('change', event => { this.video.playbackRate = Number(event.target.value); });
        this.host.querySelector('[data-act=goto]').addEventListener('change', event => {
            const time = Date.parse(`${event.target.value}Z`) * 1000;
            if (Number.isNaN(time)) return;
            const half = (this.timeline.to - this.timeline.from) / 2;
            this.timeline.show(time - half, time + half);
            this.seek(time);
        });
        const button = this.host.querySelector('[data-act=play]');
        this.video.addEventListener('play', () => { button.textContent = '❚❚'; });
        this.video.addEventListener('pause', () => { button.textContent = '▶'; });
        this.video.addEventListener('click', acts.play);
        // What was recorded since the playlist was made follows.
        this.video.addEventListener('ended', () => {
            const last = this.fragments?.at(-1);
            const end = last ? (last.programDateTime + last.duration * 1000) * 1000 : null;
            if (end !== null && this.timeline.recordedEnd() > end + MICROS) this.load(end).then(() => this.video.play());
        });
        this.timeline.canvas.addEventListener('keydown', event => {
            if (event.key === 'ArrowLeft') this.step(-10);
            else if (event.key === 'ArrowRight') this.step(10);
            else if (event.key === ' ') acts.play();
            else return;
            event.preventDefault();
        });
    }

    step(seconds) {
        const time = this.takenAt(this.video.currentTime);
        if (time !== null) this.seek(time + seconds * MICROS);
    }
}
