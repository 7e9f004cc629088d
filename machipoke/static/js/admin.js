// The field in which Django's admin lets one type tags has no name of its own: it gets the one of what it fills.

// In jQuery's own queue, behind Django's script that makes the field.
addEventListener("DOMContentLoaded", () => django.jQuery(nameFields));

function nameFields() {
  for (const field of document.querySelectorAll(".select2-search__field")) {
    const select = field.closest(".related-widget-wrapper").querySelector("select");
    field.setAttribute("aria-label", select.labels[0].textContent.replace(":", "").trim());
  }
}
