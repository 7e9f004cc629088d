// A script that is needed on some pages alone.

const loading = new Map();

/** Resolves when the script has run; asked twice, it is loaded once. */
export function loadOnce(url) {
  if (!loading.has(url)) {
    loading.set(url, new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = url;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    }));
  }
  return loading.get(url);
}
