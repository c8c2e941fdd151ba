// The words of the first language the browser asks for that the page speaks; English where there is none.
function pickWords(languages) {
  const code = navigator.languages.map((one) => one.split("-")[0]).find((one) => languages[one]);
  return { ...languages.en, ...(languages[code] || {}) };
}
