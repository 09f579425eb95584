/* A page that waits for its place: the server says whose turn it is. */
(function () {
  "use strict";
  const AGAIN_MS = 2000, BAD_TICKET = 4404;
  const { address, ticket } = document.querySelector(".ssdx-full").dataset;
  const heading = document.querySelector("h1"), turn = document.getElementById("ssdx-turn");

  /* Who loads the page again, or comes when called, is known by the ticket. */
  const url = new URL(location.href);
  url.searchParams.set("ticket", ticket);
  history.replaceState(null, "", url);

  function say(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }
  function listen() {
    const place = new URL(address + location.search, location.href);
    place.protocol = place.protocol.replace("http", "ws");
    const socket = new WebSocket(place);
    socket.addEventListener("message", (event) => {
      const said = JSON.parse(event.data);
      say(heading, said.full);
      say(turn, said.turn);
      if (said.enter) location.reload();
    });
    socket.addEventListener("close", (event) => {
      if (event.code === BAD_TICKET) location.reload();
      else setTimeout(listen, AGAIN_MS);
    });
  }
  listen();
})();
