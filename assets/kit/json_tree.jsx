// Any JSON value as nested, foldable lines; strings that are not JSON are shown as they are.
const KINDS = { string: "text", number: "number", boolean: "word" };

function parsed(value) {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function Leaf({ value }) {
  const kind = value === null ? "word" : KINDS[typeof value];
  return <span data-kind={kind}>{JSON.stringify(value)}</span>;
}

function Line({ name, value, depth, openDepth }) {
  const key = name === undefined ? null : <span data-kind="key">{name}: </span>;
  if (value === null || typeof value !== "object") {
    return (
      <li>
        {key}
        <Leaf value={value} />
      </li>
    );
  }
  const isList = Array.isArray(value);
  const entries = isList ? value.map((item, at) => [at, item]) : Object.entries(value);
  const size = isList ? `[${entries.length}]` : `{${entries.length}}`;
  return (
    <li>
      <details open={depth < openDepth}>
        <summary>
          {key}
          <span data-kind="size">{size}</span>
        </summary>
        <ul>
          {entries.map(([at, item]) => (
            <Line key={at} name={at} value={item} depth={depth + 1} openDepth={openDepth} />
          ))}
        </ul>
      </details>
    </li>
  );
}

export function JsonTree({ value, openDepth = 2, ref: _outer, ...rest }) {
  return (
    <ul {...rest}>
      <Line value={parsed(value)} depth={0} openDepth={openDepth} />
    </ul>
  );
}
