const players = [...document.querySelectorAll("audio")];
for (const player of players) {
  const head = player.closest("figure").querySelector(".head") ?? document.createElement("i");
  const follow = () => {
    head.style.left = 100 * player.currentTime / (player.duration || 1) + "%";
    if (!player.paused) requestAnimationFrame(follow);
  };
  player.addEventListener("play", () => {
    for (const other of players) if (other !== player) other.pause();
    head.style.display = "block";
    follow();
  });
  for (const stop of ["pause", "ended"])
    player.addEventListener(stop, () => { head.style.display = "none"; });
}
