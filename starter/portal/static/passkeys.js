// Passkeys: what the browser and a page say to each other. Without this script the password remains.
"use strict";
(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const told = (credential) => {
    const response = { clientDataJSON: text(credential.response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"])
      if (credential.response[name]) response[name] = text(credential.response[name]);
    return JSON.stringify({
      id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: {},
    });
  };

  const send = (form, credential) => {
    form.elements.credential.value = told(credential);
    form.submit();
  };

  const trying = (form, work) => {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const trouble = form.querySelector("[data-trouble]");
      trouble.hidden = true;
      try {
        await work();
      } catch (error) {
        trouble.hidden = false;
      }
    });
  };

  const adding = document.getElementById("passkey-new");
  if (adding) {
    const options = JSON.parse(adding.dataset.options);
    options.challenge = bytes(options.challenge);
    options.user.id = bytes(options.user.id);
    for (const one of options.excludeCredentials || []) one.id = bytes(one.id);
    trying(adding, async () => send(adding, await navigator.credentials.create({ publicKey: options })));
  }

  const entering = document.getElementById("passkey-in");
  if (entering) {
    trying(entering, async () => {
      const answer = await fetch(entering.dataset.challenge, { method: "POST", body: new URLSearchParams(new FormData(entering)) });
      if (!answer.ok) throw new Error(answer.status);
      const options = await answer.json();
      options.challenge = bytes(options.challenge);
      for (const one of options.allowCredentials || []) one.id = bytes(one.id);
      send(entering, await navigator.credentials.get({ publicKey: options }));
    });
  }
})();
