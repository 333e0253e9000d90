using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Workspaces;

/// <summary>What is idle and what is not, with the real Jupyter and limits of seconds.</summary>
public sealed class IdleWorkspaceTests(WorkspacePlatform platform) : IClassFixture<WorkspacePlatform>
{
    private const string Limit = "PT6S";
    private const string QuietCell = "import os, time\nprint('begun', flush=True)\nwhile not os.path.exists('end'):\n    time.sleep(0.05)\nprint('ended')";

    // A notebook server that never hears its kernels, as one under load misses the first words of a new one.
    private const string Deaf = """
        from notebook.services.kernels.kernelmanager import MappingKernelManager
        def start_watching_activity(self, kernel_id, watch=MappingKernelManager.start_watching_activity):
            watch(self, kernel_id)
            self._kernels[kernel_id]._activity_stream.on_recv(lambda message: None)
        MappingKernelManager.start_watching_activity = start_watching_activity
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_quiet_cell_lives_past_the_limit_an_open_page_does_not_and_what_was_there_comes_back()
    {
        // A cell that computes nothing and prints nothing, until it is told to end.
        Guid quiet = await platform.CreateAsync("quiet", Limit);
        string kernel = await Jupyter.StartKernelAsync(platform.Client, quiet);
        using ClientWebSocket busy = await Jupyter.ConnectAsync(platform.Client, quiet, kernel);
        string cell = await Jupyter.SendAsync(busy, QuietCell);
        Assert.Equal("begun\n", await Jupyter.PrintedAsync(busy, cell, toItsEnd: false));

        // Beside it an open notebook, whose connection stays up; nobody is there.
        Guid left = await platform.CreateAsync("left", Limit);
        await Jupyter.PutNotebookAsync(platform.Client, left, "work.ipynb", "print(6 * 7)");
        string open = await OpenAsync(left, "work.ipynb");
        using ClientWebSocket tab = await Jupyter.ConnectAsync(platform.Client, left, open);
        JsonElement warned = await platform.UntilAsync(left, "warned");
        Assert.True(warned.GetProperty("reclaimAt").GetDateTimeOffset() > DateTimeOffset.UnixEpoch);
        JsonElement gone = await platform.UntilAsync(left, "stopped");
        Assert.Equal("idle", gone.GetProperty("end").GetString());
        Assert.StartsWith("idle since ", gone.GetProperty("because").GetString(), StringComparison.Ordinal);
        Assert.Equal("work.ipynb", Assert.Single(gone.GetProperty("documents").EnumerateArray()).GetProperty("path").GetString());
        Assert.Equal("cancelled", (await platform.GetJsonAsync($"api/v1/runs/{gone.GetProperty("run").GetGuid()}")).GetProperty("state").GetString());
        await Server.ProblemAssert.IsAsync(await platform.Client.GetAsync($"workspaces/{left}/tree", Cancel), 409, "WORK-007");

        // The same limit has long passed for the quiet one.
        JsonElement alive = await platform.GetJsonAsync($"api/v1/workspaces/{quiet}");
        Assert.True(alive.GetProperty("state").GetString() == "ready", alive.ToString());
        Assert.Equal("running", (await platform.GetJsonAsync($"api/v1/runs/{alive.GetProperty("run").GetGuid()}")).GetProperty("state").GetString());

        // Files, and what was open, come back.
        Assert.True(File.Exists(Path.Combine(platform.Home, "workspaces", left.ToString(), "files", ".ipynb_checkpoints", "work-checkpoint.ipynb")));
        using HttpResponseMessage restored = await platform.Client.PostAsync($"api/v1/workspaces/{left}/restore", null, Cancel);
        Assert.Equal(HttpStatusCode.OK, restored.StatusCode);
        await platform.UntilAsync(left, "ready", "warned");
        Assert.Contains("6 * 7", await platform.Client.GetStringAsync($"workspaces/{left}/api/contents/work.ipynb", Cancel), StringComparison.Ordinal);
        await UntilOpenAsync(left, "work.ipynb");

        // Once its cell has ended, the quiet one goes like any other.
        await File.WriteAllTextAsync(Path.Combine(platform.Home, "workspaces", quiet.ToString(), "files", "end"), "", Cancel);
        Assert.Equal("ended\n", await Jupyter.PrintedAsync(busy, cell));
        Assert.Equal("idle", (await platform.UntilAsync(quiet, "stopped")).GetProperty("end").GetString());
        await platform.UntilAsync(left, "stopped"); // Nobody used it again: it goes once more, and leaves no process behind.
    }

    [Fact]
    public async Task A_person_who_types_keeps_a_session_and_one_who_stops_it_ends_it()
    {
        Guid id = await platform.CreateAsync("typed", Limit);
        using ClientWebSocket page = await Jupyter.ConnectAsync(platform.Client, id, await Jupyter.StartKernelAsync(platform.Client, id));
        await platform.UntilAsync(id, "warned");
        Assert.Equal("2\n", await Jupyter.RunAsync(page, "print(1 + 1)"));
        Assert.Contains(JsonElement.Parse(await platform.Client.GetStringAsync($"workspaces/{id}/.platform/state", Cancel)).GetProperty("state").GetString(), (string[])["ready", "warned"]);
        await platform.UntilAsync(id, "ready");
        Assert.Equal(HttpStatusCode.OK, (await platform.Client.PostAsync($"api/v1/workspaces/{id}/stop", null, Cancel)).StatusCode);
        JsonElement stopped = await platform.UntilAsync(id, "stopped");
        Assert.Equal(("requested", "stopped by local"), (stopped.GetProperty("end").GetString(), stopped.GetProperty("because").GetString()));
        Assert.Equal(HttpStatusCode.NoContent, (await platform.Client.DeleteAsync($"api/v1/workspaces/{id}", Cancel)).StatusCode);
        Assert.False(Directory.Exists(Path.Combine(platform.Home, "workspaces", id.ToString())));
        await Server.ProblemAssert.IsAsync(await platform.Client.GetAsync($"api/v1/workspaces/{id}", Cancel), 404, "API-004");
    }

    [Fact]
    public async Task The_first_cell_of_a_kernel_counts_though_Jupyter_does_not_hear_it()
    {
        Guid deaf = await platform.CreateAsync("deaf", Limit);
        Assert.Equal(HttpStatusCode.OK, (await platform.Client.PostAsync($"api/v1/workspaces/{deaf}/stop", null, Cancel)).StatusCode);
        await platform.UntilAsync(deaf, "stopped");
        await File.WriteAllTextAsync(Path.Combine(platform.Home, "workspaces", deaf.ToString(), "jupyter", "config", "jupyter_config.py"), Deaf, Cancel);
        Assert.Equal(HttpStatusCode.OK, (await platform.Client.PostAsync($"api/v1/workspaces/{deaf}/restore", null, Cancel)).StatusCode);
        await platform.UntilAsync(deaf, "ready");
        string kernel = await Jupyter.StartKernelAsync(platform.Client, deaf);
        using ClientWebSocket page = await Jupyter.ConnectAsync(platform.Client, deaf, kernel);
        string cell = await Jupyter.SendAsync(page, QuietCell);
        Assert.Equal("begun\n", await Jupyter.PrintedAsync(page, cell, toItsEnd: false));

        // One that nothing uses comes and goes meanwhile, which takes longer than the limit.
        Guid left = await platform.CreateAsync("beside", Limit);
        await platform.UntilAsync(left, "stopped");
        Assert.Contains("\"starting\"", await platform.Client.GetStringAsync($"workspaces/{deaf}/api/kernels", Cancel), StringComparison.Ordinal);
        JsonElement alive = await platform.GetJsonAsync($"api/v1/workspaces/{deaf}");
        Assert.True(alive.GetProperty("state").GetString() == "ready", alive.ToString());

        // When the cell has ended it goes, though Jupyter still tells "starting".
        await File.WriteAllTextAsync(Path.Combine(platform.Home, "workspaces", deaf.ToString(), "files", "end"), "", Cancel);
        Assert.Equal("ended\n", await Jupyter.PrintedAsync(page, cell));
        Assert.Equal("idle", (await platform.UntilAsync(deaf, "stopped")).GetProperty("end").GetString());
    }

    private async Task<string> OpenAsync(Guid id, string path)
    {
        using HttpResponseMessage made = await platform.Client.PostAsJsonAsync($"workspaces/{id}/api/sessions", new { path, name = path, type = "notebook", kernel = new { name = "python3" } }, Cancel);
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync(Cancel));
        return (await made.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("kernel").GetProperty("id").GetString()!;
    }

    private async Task UntilOpenAsync(Guid id, string path)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(Eventually.Patience);
        while (!(await platform.Client.GetStringAsync($"workspaces/{id}/api/sessions", deadline.Token)).Contains(path, StringComparison.Ordinal))
            await Task.Delay(50, deadline.Token);
    }
}
