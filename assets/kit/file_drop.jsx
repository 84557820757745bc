// Reads a text file in the browser, or sends it to an address when it may be too long for an event.
import { useId, useRef, useState } from "react";

const megabytes = (bytes) => `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`;

async function send(file, address) {
  const form = new FormData();
  form.append("file", file);
  const answer = await fetch(address, { method: "POST", body: form });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.title ?? "The file could not be sent. Try again.");
  return body;
}

export function FileDrop({
  accept,
  maxBytes = 900_000,
  uploadTo,
  onText,
  onUpload,
  onRefuse,
  children,
  ref: _outer,
  ...rest
}) {
  const [isOver, setOver] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const input = useRef(null);
  const id = useId();

  const take = async (file) => {
    if (!file) return;
    if (file.size > maxBytes) {
      onRefuse?.(`${file.name} has ${megabytes(file.size)}; the limit is ${megabytes(maxBytes)}.`);
      return;
    }
    setBusy(true);
    try {
      if (uploadTo) onUpload?.(await send(file, uploadTo));
      else onText?.(file.name, await file.text());
    } catch (error) {
      onRefuse?.(error.message);
    } finally {
      setBusy(false);
      if (input.current) input.current.value = "";
    }
  };
  const drop = (event) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };
  const over = (event) => {
    event.preventDefault();
    setOver(true);
  };
  return (
    <label
      htmlFor={id}
      data-over={isOver || undefined}
      aria-busy={isBusy}
      onDragOver={over}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      {...rest}
    >
      {children}
      <input
        ref={input}
        id={id}
        type="file"
        accept={accept}
        className="sr-only"
        onChange={(event) => take(event.target.files[0])}
      />
    </label>
  );
}
