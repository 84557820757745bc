// Small charts in plain SVG; the numbers stand beside them as a table for those who cannot see them.
const numbers = (values) => (values ?? []).map(Number);

function linePoints(values, width, height) {
  const top = Math.max(...values, 1);
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  return values.map((value, at) => [at * step, height - (value / top) * height]);
}

export function Sparkline({ values, width = 96, height = 28, ref: _outer, ...rest }) {
  const line = linePoints(numbers(values), width, height - 4);
  const path = line.map(([x, y]) => `${x.toFixed(1)},${(y + 2).toFixed(1)}`).join(" ");
  return (
    <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true" {...rest}>
      <polyline
        points={path}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinejoin="round"
        strokeLinecap="round"
      />
    </svg>
  );
}

function Bars({ values, top }) {
  const slot = 600 / Math.max(values.length, 1);
  const width = Math.max(slot * 0.7, 1);
  return values.map((value, at) => {
    const height = Math.max((value / top) * 150, value > 0 ? 2 : 0);
    const x = at * slot + (slot - width) / 2;
    return <rect key={at} x={x} y={160 - height} width={width} height={height} rx="1.5" />;
  });
}

function Line({ values }) {
  const points = linePoints(values, 600, 150);
  const path = points.map(([x, y]) => `${x.toFixed(1)},${(y + 10).toFixed(1)}`).join(" ");
  return (
    <>
      <polygon points={`0,160 ${path} 600,160`} fillOpacity="0.12" />
      <polyline
        points={path}
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        vectorEffect="non-scaling-stroke"
      />
    </>
  );
}

export function Chart({ labels = [], values, kind = "bar", label, unit = "", ref: _outer, ...rest }) {
  const data = numbers(values);
  const top = Math.max(...data, 1);
  return (
    <figure {...rest}>
      <figcaption>
        <span>{label}</span>
        <span>
          max {top.toLocaleString()} {unit}
        </span>
      </figcaption>
      <svg viewBox="0 0 600 160" preserveAspectRatio="none" fill="currentColor" aria-hidden="true">
        {[10, 85, 160].map((y) => (
          <line key={y} x1="0" x2="600" y1={y} y2={y} vectorEffect="non-scaling-stroke" />
        ))}
        {kind === "line" ? <Line values={data} /> : <Bars values={data} top={top} />}
      </svg>
      <div aria-hidden="true" data-axis="">
        <span>{labels[0]}</span>
        <span>{labels.at(-1)}</span>
      </div>
      <table className="sr-only">
        <caption>{label}</caption>
        <tbody>
          {data.map((value, at) => (
            <tr key={at}>
              <th scope="row">{labels[at]}</th>
              <td>
                {value.toLocaleString()} {unit}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
