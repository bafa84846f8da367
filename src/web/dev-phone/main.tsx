import { render } from 'preact';

render(<p>…</p>, document.querySelector('#page') as HTMLElement);
