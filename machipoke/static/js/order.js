// The order of one's list: its buttons without loading the page again, and a handle to drag by finger or mouse.
// The moved row itself stays where it is in the document, its neighbours go around it: it keeps focus and pointer.

const EDGE = 90; // px from the upper and lower end of the window from which a drag scrolls
const STEP = 12; // px a frame

/** Bind the lists that their owner may order. */
export function offerOrdering(root) {
  for (const list of root.querySelectorAll("[data-order]")) new Order(list);
}

class Order {
  constructor(list) {
    this.list = list;
    this.status = list.parentElement.querySelector("[data-order-status]");
    this.stored = this.ids();
    this.sending = Promise.resolve();
    list.addEventListener("submit", (event) => this.press(event));
    for (const handle of list.querySelectorAll("[data-handle]")) {
      handle.hidden = false;
      handle.addEventListener("pointerdown", (event) => this.grasp(event));
    }
  }

  ids() {
    return [...this.list.children].map((row) => row.dataset.item).join(",");
  }

  /** A button: one place up or down. At the end of the page the form is sent as without JavaScript. */
  press(event) {
    const row = event.target.closest("[data-item]");
    const step = { up: -1, down: 1 }[event.submitter?.value];
    if (!step || !this.exchange(row, step)) return;
    event.preventDefault();
    this.settle(row);
  }

  exchange(row, step) {
    const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return false;
    if (step < 0) row.after(other);
    else row.before(other);
    return true;
  }

  grasp(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    const row = event.target.closest("[data-item]");
    const drag = new Drag(this, row, event);
    row.dataset.dragged = "";
    drag.done.then((moved) => {
      delete row.dataset.dragged;
      row.style.transform = "";
      if (moved) this.settle(row);
    });
  }

  /** Number the rows anew, say where the row is, and store the order; one request at a time, the last order last. */
  settle(row) {
    const start = Number(this.list.dataset.start);
    const rows = [...this.list.children];
    rows.forEach((one, at) => { one.querySelector(".place").textContent = start + at + 1; });
    const order = this.ids();
    if (order === this.stored) return;
    this.stored = order;
    const place = start + rows.indexOf(row) + 1;
    this.status.textContent = this.list.dataset.said.replace("{name}", row.dataset.name).replace("{place}", place);
    this.sending = this.sending.then(() => this.send(order));
  }

  async send(order) {
    if (order !== this.stored) return; // a later one is waiting
    const token = this.list.querySelector("[name=csrfmiddlewaretoken]").value;
    const body = new URLSearchParams({ order, csrfmiddlewaretoken: token });
    const answer = await fetch(this.list.dataset.order, {
      method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual",
    }).catch(() => null);
    if (!answer?.ok) this.status.textContent = this.list.dataset.failed;
  }
}

/** One drag in `order`, which has { list, ids(), exchange(row, step) }: the row follows the pointer and changes places with each neighbour it has half covered. */
export class Drag {
  constructor(order, row, { clientY, pointerId }) {
    Object.assign(this, { order, row, pointerId, pointerY: clientY, startY: clientY + scrollY, before: order.ids() });
    this.stop = new AbortController();
    const { signal } = this.stop;
    this.done = new Promise((resolve) => {
      const end = (moved) => { this.stop.abort(); resolve(moved); };
      const mine = (use) => (event) => { if (event.pointerId === this.pointerId) use(event); };
      addEventListener("pointermove", mine((event) => { this.pointerY = event.clientY; this.follow(); }), { signal });
      addEventListener("pointerup", mine(() => end(true)), { signal });
      addEventListener("pointercancel", mine(() => { this.takeBack(); end(true); }), { signal });
      addEventListener("keydown", (event) => { if (event.key === "Escape") { this.takeBack(); end(true); } }, { signal });
    });
    this.scroll();
  }

  follow() {
    let offset = this.pointerY + scrollY - this.startY;
    for (const step of [-1, 1]) {
      let other = this.neighbour(step);
      while (other && offset * step > other.offsetHeight / 2) {
        const before = this.row.offsetTop;
        const went = this.order.exchange(this.row, step) ? this.row.offsetTop - before : 0;
        if (!went) break; // what is beside it is no row of the order, and none comes after
        this.startY += went;
        offset -= went;
        other = this.neighbour(step);
      }
    }
    this.row.style.transform = `translateY(${offset}px)`;
  }

  neighbour(step) {
    return step < 0 ? this.row.previousElementSibling : this.row.nextElementSibling;
  }

  scroll() {
    if (this.stop.signal.aborted) return;
    const step = this.pointerY < EDGE ? -STEP : this.pointerY > innerHeight - EDGE ? STEP : 0;
    if (step) {
      scrollBy(0, step);
      this.follow();
    }
    requestAnimationFrame(() => this.scroll());
  }

  takeBack() {
    const rows = Object.fromEntries([...this.order.list.children].map((row) => [row.dataset.item ?? row.dataset.photo, row]));
    this.order.list.append(...this.before.split(",").map((id) => rows[id]));
  }
}
