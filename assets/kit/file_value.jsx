// Reads a file in the browser into the value that a file argument takes, as JSON.
import { useId, useState } from "react";

function asBase64(buffer) {
  let binary = "";
  for (const byte of new Uint8Array(buffer)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

export function FileValue({
  value = "",
  maxBytes = 500_000,
  onLive,
  name,
  inputId,
  describedBy,
  ref: _outer,
  ...rest
}) {
  const ownId = useId();
  const [trouble, setTrouble] = useState("");
  const take = async (event) => {
    const file = event.target.files[0];
    setTrouble("");
    if (!file) return onLive?.("");
    if (file.size > maxBytes) {
      event.target.value = "";
      return setTrouble(`${file.name} is larger than ${maxBytes / 1000} KB.`);
    }
    const content = { filename: file.name, base64: asBase64(await file.arrayBuffer()) };
    if (file.type) content.media_type = file.type;
    onLive?.(JSON.stringify(content));
  };
  return (
    <div {...rest}>
      <input
        id={inputId ?? ownId}
        type="file"
        aria-describedby={describedBy}
        onChange={take}
        className="w-full text-sm text-ink-soft file:mr-3 file:h-8 file:rounded-md file:border file:border-line-strong/55 file:bg-surface file:px-3 file:text-sm file:font-medium file:text-ink"
      />
      <input type="hidden" name={name} value={value} readOnly />
      <p aria-live="polite" className="pt-1 text-sm text-broken empty:hidden">
        {trouble}
      </p>
    </div>
  );
}
