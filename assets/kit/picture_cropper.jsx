// Chooses a picture, lets it be moved and magnified in a square, and writes the square to an address.
import { useEffect, useId, useRef, useState } from "react";

const SIDE = 256;
const MOST_BYTES = 5_000_000;
const STEP = 0.04;

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

// How far the picture's middle may leave the square's, in parts of the square.
function reach(image, zoom) {
  const least = Math.min(image.naturalWidth, image.naturalHeight);
  const spare = (length) => Math.max(0, ((length / least) * zoom - 1) / 2);
  return { x: spare(image.naturalWidth), y: spare(image.naturalHeight) };
}

function draw(canvas, image, { x, y, zoom }) {
  const scale = (SIDE / Math.min(image.naturalWidth, image.naturalHeight)) * zoom;
  const width = image.naturalWidth * scale;
  const height = image.naturalHeight * scale;
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, SIDE, SIDE);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(image, (SIDE - width) / 2 + x * SIDE, (SIDE - height) / 2 + y * SIDE, width, height);
}

function load(file) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(new Error("That file is no picture that this browser can show."));
    image.src = URL.createObjectURL(file);
  });
}

export function PictureCropper({ offer, onBegin, onDone, onRefuse, label, saveLabel, buttonClassName, primaryClassName, ref: _outer, ...rest }) {
  const [image, setImage] = useState(null);
  const [place, setPlace] = useState({ x: 0, y: 0, zoom: 1 });
  const [isBusy, setBusy] = useState(false);
  const canvas = useRef(null);
  const dialog = useRef(null);
  const input = useRef(null);
  const blob = useRef(null);
  const drag = useRef(null);
  const id = useId();

  useEffect(() => {
    if (image && canvas.current) draw(canvas.current, image, place);
  }, [image, place]);

  useEffect(() => {
    if (image && !dialog.current.open) dialog.current.showModal();
  }, [image]);

  useEffect(() => {
    const waiting = blob.current;
    if (!offer?.key || !waiting) return;
    blob.current = null;
    fetch(offer.address, { method: "PUT", body: waiting, headers: { "Content-Type": offer.content_type } })
      .then((answer) => {
        if (!answer.ok) throw new Error();
        onDone?.();
      })
      .catch(() => onRefuse?.("The picture could not be sent. Try again."))
      .finally(close);
  }, [offer?.key]);

  useEffect(() => {
    if (offer?.refusals) close();
  }, [offer?.refusals]);

  const close = () => {
    blob.current = null;
    setBusy(false);
    setImage(null);
    dialog.current?.close();
    if (input.current) input.current.value = "";
  };
  const take = async (file) => {
    if (!file) return;
    if (file.size > 4 * MOST_BYTES) {
      onRefuse?.("That picture is too large; choose one of at most 20 MB.");
      return;
    }
    try {
      const loaded = await load(file);
      setPlace({ x: 0, y: 0, zoom: 1 });
      setImage(loaded);
    } catch (error) {
      onRefuse?.(error.message);
    }
  };
  const move = (change) => {
    const next = { ...place, ...change };
    const most = reach(image, next.zoom);
    setPlace({ zoom: next.zoom, x: clamp(next.x, -most.x, most.x), y: clamp(next.y, -most.y, most.y) });
  };
  const press = (event) => {
    const steps = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    move({ x: place.x + step[0], y: place.y + step[1] });
  };
  const save = () => {
    setBusy(true);
    canvas.current.toBlob((made) => {
      blob.current = made;
      onBegin?.(made.type, made.size);
    }, "image/png");
  };
  return (
    <div {...rest}>
      <label htmlFor={id} className={buttonClassName}>
        {label}
        <input ref={input} id={id} type="file" accept="image/png,image/jpeg,image/webp" className="sr-only" onChange={(event) => take(event.target.files[0])} />
      </label>
      <dialog ref={dialog} aria-label={saveLabel} className="picture-cropper" onClose={() => !isBusy && setImage(null)}>
        <p>Move the picture with the pointer or the arrow keys.</p>
        <canvas
          ref={canvas}
          width={SIDE}
          height={SIDE}
          tabIndex={0}
          role="img"
          aria-label="What will be shown"
          onKeyDown={press}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            drag.current = { x: event.clientX, y: event.clientY, from: place };
          }}
          onPointerMove={(event) => {
            if (!drag.current) return;
            const side = event.currentTarget.clientWidth;
            const { x, y, from } = drag.current;
            move({ x: from.x + (event.clientX - x) / side, y: from.y + (event.clientY - y) / side });
          }}
          onPointerUp={() => {
            drag.current = null;
          }}
        />
        <label>
          Size
          <input type="range" min="1" max="4" step="0.05" value={place.zoom} onChange={(event) => move({ zoom: Number(event.target.value) })} />
        </label>
        <div>
          <button type="button" className={buttonClassName} onClick={close} disabled={isBusy}>
            Cancel
          </button>
          <button type="button" className={primaryClassName} onClick={save} disabled={isBusy} aria-busy={isBusy}>
            {isBusy ? "Saving…" : saveLabel}
          </button>
        </div>
      </dialog>
    </div>
  );
}
