// Reloads the page when the server that gave it says that there is a newer one.
const source = new EventSource("events");
source.addEventListener("message", () => location.reload());
