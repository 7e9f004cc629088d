// The reference: Swagger UI over our schema. Only reading can be tried out; its other requests would lack a CSRF token.
const reference = document.getElementById("reference");

window.SwaggerUIBundle({
  url: reference.dataset.schema,
  domNode: reference,
  presets: [window.SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  validatorUrl: null,
  supportedSubmitMethods: ["get"],
  defaultModelsExpandDepth: 0,
});
