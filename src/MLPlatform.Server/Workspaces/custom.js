// Tells on every page of the workspace that it is about to be reclaimed.
define(["base/js/namespace", "base/js/utils"], function (Jupyter, utils) {
    "use strict";
    var bar = document.createElement("div");
    bar.style.cssText = "display:none;background:#fff3cd;color:#664d03;border-bottom:1px solid #e0c36a;padding:6px 12px;text-align:center;position:relative;z-index:9999";
    document.body.insertBefore(bar, document.body.firstChild);
    function look() {
        fetch(utils.get_body_data("baseUrl") + ".platform/state", { credentials: "same-origin" }).then(function (answer) { return answer.json(); }).then(function (told) {
            bar.style.display = told.reclaimAt ? "block" : "none";
            bar.textContent = told.reclaimAt ? "Nothing has used this workspace for a while. It is reclaimed at " + new Date(told.reclaimAt).toLocaleTimeString() + "; files are kept. Run a cell to keep it." : "";
        }).catch(function () { /* The server is away: the page says so itself. */ });
    }
    look();
    setInterval(look, 30000);
});
