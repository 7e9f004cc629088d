// Passkeys: the browser makes a key and signs with it. Without JavaScript, or in a browser without passkeys, the buttons
// stay hidden, and signing in goes by password and digits.

/** Show the buttons and bind them: `data-passkey` is `make`, `sign` or `login`; the form's field `credential` is filled. */
export function offerPasskeys(root) {
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) return;
  for (const button of root.querySelectorAll("[data-passkey]")) {
    button.hidden = false;
    button.addEventListener("click", () => fill(button));
  }
}

const ASKED = { make: ask("make"), sign: ask("sign"), login: askServer };

async function fill(button) {
  const status = button.form.querySelector("[role=status]");
  status.textContent = "";
  try {
    const credential = await ASKED[button.dataset.passkey](button.form);
    button.form.elements.credential.value = JSON.stringify(credential);
    button.form.submit();
  } catch (error) {
    // Closed the browser's window, took too long, or has no key for this site: the person may try again.
    if (!(error instanceof DOMException) && !(error instanceof TypeError)) throw error;
    status.textContent =
      document.documentElement.lang === "ja"
        ? "パスキーを使えませんでした。もう一度お試しください。"
        : "The passkey could not be used. Please try again.";
  }
}

function ask(kind) {
  return async (form) => {
    const data = JSON.parse(document.getElementById("passkey-data").textContent);
    return kind === "make" ? make(data.creation_options.publicKey) : sign(data.request_options.publicKey);
  };
}

async function askServer(form) {
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new TypeError(String(answer.status));
  return sign((await answer.json()).request_options.publicKey);
}

async function make(options) {
  // Found without a name and unlocked by its owner: then it stands for the password too.
  options.authenticatorSelection = {
    ...options.authenticatorSelection,
    residentKey: "required",
    requireResidentKey: true,
    userVerification: "required",
  };
  return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
}

async function sign(options) {
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
}
