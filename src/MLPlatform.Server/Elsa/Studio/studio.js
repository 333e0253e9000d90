// Hosts Elsa Studio's web components on this server's Elsa-compatible API.
'use strict';
(() => {
  const stage = document.getElementById('mlp-studio');
  const told = document.getElementById('mlp-told');
  const endpoint = `${location.origin}/elsa/api`;
  const key = 'mlp.token'; // The console keeps its token under the same name.
  const tokenOf = () => sessionStorage.getItem(key) ?? localStorage.getItem(key);
  // And the colours that were chosen there; where none were, the system's count.
  document.documentElement.dataset.colours = localStorage.getItem('mantine-color-scheme-value') ?? 'auto';
  const go = (path) => location.assign(`/elsa/${path}`);

  const tell = (text, bad, link) => {
    told.replaceChildren(document.createTextNode(text));
    told.classList.toggle('mlp-bad', Boolean(bad));
    if (link) {
      const a = Object.assign(document.createElement('a'), { href: link.href, textContent: link.text });
      told.append(' ', a);
    }
    told.hidden = false;
  };

  // The components cannot tell their page that a run began or why something was refused, so the answers are looked at.
  const ask = window.fetch.bind(window);
  window.fetch = async (...given) => {
    const answer = await ask(...given);
    const address = new URL(given[0] instanceof Request ? given[0].url : given[0], location.href);
    if (address.pathname.startsWith('/elsa/api/')) await look(address.pathname, answer);
    return answer;
  };

  const look = async (path, answer) => {
    const run = answer.headers.get('x-elsa-workflow-instance-id');
    if (run) {
      tell('A run began.', false, { href: `/elsa/workflows/instances/${encodeURIComponent(run)}/view`, text: 'Follow it' });
      return;
    }
    if (answer.ok || !(answer.headers.get('content-type') ?? '').includes('json')) return;
    const problem = await answer.clone().json();
    const errors = Object.values(problem.errors ?? {}).flat();
    tell(errors.length > 0 ? errors.slice(0, 4).join(' · ') : `${problem.code ?? answer.status}: ${problem.detail ?? path} ${problem.hint ?? ''}`, true);
  };

  const script = (src) => new Promise((resume, fail) => {
    const element = Object.assign(document.createElement('script'), { src, onload: resume, onerror: () => fail(new Error(`${src} cannot be loaded`)) });
    document.body.append(element);
  });

  const askForToken = () => {
    const form = document.createElement('form');
    form.className = 'mlp-token';
    form.innerHTML = '<label>API token <input name="token" type="password" autocomplete="off" required></label><button>Open</button>';
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      sessionStorage.setItem(key, form.elements.namedItem('token').value.trim());
      location.reload();
    });
    stage.replaceChildren(form);
    form.elements.namedItem('token').focus();
  };

  // The components break where something is not there or not allowed, so it is looked for first.
  const check = async (path) => {
    const token = tokenOf();
    const answer = await ask(endpoint + path, { headers: token ? { Authorization: `Bearer ${token}` } : {} });
    if (answer.status === 401) {
      sessionStorage.removeItem(key);
      localStorage.removeItem(key);
      askForToken();
      return false;
    }
    if (answer.ok) return true;
    const problem = await answer.json();
    stage.replaceChildren(Object.assign(document.createElement('p'), { className: 'mlp-wait', textContent: `${problem.code}: ${problem.detail} ${problem.hint ?? ''}` }));
    return false;
  };

  const show = async (tag, attributes, callbacks) => {
    const element = document.createElement(tag);
    element.setAttribute('remote-endpoint', endpoint);
    const token = tokenOf();
    if (token) element.setAttribute('access-token', token);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    const frame = document.createElement('div');
    frame.className = tag.endsWith('-list') ? 'mlp-frame mlp-list' : 'mlp-frame';
    frame.append(element);
    stage.replaceChildren(frame);
    await customElements.whenDefined(tag);
    Object.assign(element, callbacks); // Set before, they would be overwritten.
  };

  const start = async () => {
    const parts = location.pathname.replace(/^\/elsa\/?/, '').split('/').filter(Boolean).map(decodeURIComponent);
    const instances = parts[1] === 'instances';
    const id = parts[2];
    document.querySelector(`[data-page="${instances ? 'instances' : 'definitions'}"]`)?.setAttribute('aria-current', 'page');
    if (document.documentElement.dataset.tokens === 'required' && !tokenOf()) return askForToken();
    const path = !id ? '/features/installed' : instances ? `/workflow-instances/${encodeURIComponent(id)}` : `/workflow-definitions/by-definition-id/${encodeURIComponent(id)}?versionOptions=Latest`;
    if (!await check(path)) return undefined;
    for (const src of ['_content/BlazorMonaco/jsInterop.js', '_content/BlazorMonaco/lib/monaco-editor/min/vs/loader.js', '_content/BlazorMonaco/lib/monaco-editor/min/vs/editor/editor.main.js',
      '_content/MudBlazor/MudBlazor.min.js', '_content/CodeBeam.MudBlazor.Extensions/MudExtensions.min.js', '_content/Radzen.Blazor/Radzen.Blazor.js', '_framework/blazor.webassembly.js']) await script(src);
    const edit = (definition) => go(`workflows/definitions/${encodeURIComponent(definition)}/edit`);
    if (instances && id) return show('elsa-workflow-instance-viewer', { 'instance-id': id }, { editWorkflowDefinition: edit });
    if (instances) return show('elsa-workflow-instance-list', {}, { viewWorkflowInstance: (instance) => go(`workflows/instances/${encodeURIComponent(instance)}/view`) });
    if (id) return show('elsa-workflow-definition-editor', { 'definition-id': id }, {});
    return show('elsa-workflow-definition-list', {}, { editWorkflowDefinition: edit });
  };

  start().catch((error) => tell(`Elsa Studio did not start: ${error.message}`, true));
})();
