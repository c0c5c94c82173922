import { type Html, html } from '../html.ts';

/** A bar from nothing to all, with what it says for those who do not see it. `share` is of 0 to 1. */
export function bar({ share, label, tone }: { share: number; label: string; tone: string }): Html {
  const width = Math.round(Math.min(1, Math.max(0, share)) * 1_000) / 10;
  return html`<svg class="bar ${tone}" role="img" aria-label="${label}" width="100%" height="10">
    <rect class="track" width="100%" height="10" rx="5"></rect>
    ${width > 0 && html`<rect class="fill" width="${Math.max(width, 1)}%" height="10" rx="5"></rect>`}
  </svg>`;
}
