using System.Collections.Concurrent;
using System.Text.Json;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Usage;
using MLPlatform.Core.Workspaces;
using MLPlatform.Engine.Workspaces;
using MLPlatform.Executors.Process;
using MLPlatform.Server.Hosting;

namespace MLPlatform.Server.Workspaces;

/// <summary>Sees, closes and opens again the notebook servers of this machine.</summary>
internal sealed class Sessions(JupyterApi jupyter, SessionFiles files, WorkspaceTraffic traffic, IRunStore runs, HostSettings settings, WorkspaceOptions options, TimeProvider time)
    : ISessions
{
    // Processor time is told about once a second: over less than this a tick more or less would look like work.
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(2);

    /// <summary>No Jupyter; an environment that could not be made. Said by start.py.</summary>
    private static readonly string[] LauncherCodes = ["WORK-003", "WORK-004"];

    private readonly ConcurrentDictionary<RunId, (AttemptUsage Since, double? Cores)> _used = new();
    private readonly LastKernels _last = new(time);

    public Task<SessionOrder> PrepareAsync(Workspace workspace, RunId session, CancellationToken cancel)
    {
        string launcher = files.Prepare(workspace, session);
        return Task.FromResult(new SessionOrder(files.Folder(workspace.Id), launcher, options.Python));
    }

    public async Task<SessionActivity?> SeeAsync(Workspace workspace, RunId session, CancellationToken cancel)
    {
        if (files.Read(workspace.Id)?.Session != session.Value)
            return null;
        List<JupyterKernel>? kernels = await jupyter.GetAsync<List<JupyterKernel>>(workspace.Id, "api/kernels", cancel);
        if (kernels is null && workspace.State is WorkspaceState.Starting)
            return null;
        bool answers = kernels is not null;
        kernels = _last.Of(session, kernels);
        List<JupyterTerminal> terminals = kernels is null ? [] : await jupyter.GetAsync<List<JupyterTerminal>>(workspace.Id, "api/terminals", cancel) ?? [];
        AttemptUsage? usage = RunningAttempt.Usage(settings.Home, Attempt(session));
        (DateTimeOffset? last, int open) = traffic.Of(workspace.Id);
        return new SessionActivity(
            [.. (kernels ?? []).Select(k => new SeenKernel(k.Name, Runs(workspace.Id, k, answers), k.LastActivity, k.Connections))],
            [.. terminals.Select(t => t.LastActivity).OfType<DateTimeOffset>()], Cores(session, usage), usage?.Gpus.Max(g => g.Utilization), last, open);
    }

    // Jupyter tells "starting" until it hears the kernel, and on a busy machine it misses a new one's first words; or it is too busy to tell
    // anything. Then what pages sent to the kernel counts.
    private bool Runs(WorkspaceId id, JupyterKernel kernel, bool answers)
    {
        if (!answers || kernel.State == "starting")
            return kernel.State == "busy" || traffic.Runs(id, kernel.Id);
        traffic.Forget(id, kernel.Id);
        return kernel.State == "busy";
    }

    public async Task<IReadOnlyList<OpenDocument>?> CloseAsync(Workspace workspace, CancellationToken cancel)
    {
        if (await jupyter.GetAsync<List<JupyterSession>>(workspace.Id, "api/sessions", cancel) is not { } open)
            return null;
        List<OpenDocument> documents = [.. open.Where(s => s.Path.Length > 0).Select(s => new OpenDocument(s.Path, s.Type, s.Kernel?.Name)).Distinct()];
        foreach (JupyterSession session in open)
        {
            if (session.Type == "notebook")
                await jupyter.DoAsync(workspace.Id, HttpMethod.Post, $"api/contents/{Escape(session.Path)}/checkpoints", null, cancel);
            await jupyter.DoAsync(workspace.Id, HttpMethod.Delete, $"api/sessions/{session.Id}", null, cancel);
        }
        return documents;
    }

    public async Task ReopenAsync(Workspace workspace, CancellationToken cancel)
    {
        foreach (OpenDocument document in workspace.Documents.Where(d => d.Kind == "notebook" && File.Exists(Path.Combine(files.Folder(workspace.Id), d.Path))))
            await jupyter.DoAsync(workspace.Id, HttpMethod.Post, "api/sessions",
                new { path = document.Path, name = Path.GetFileName(document.Path), type = "notebook", kernel = new { name = document.Kernel ?? "python3" } }, cancel);
    }

    public async Task<string?> WhyFailedAsync(Workspace workspace, RunId session, CancellationToken cancel)
    {
        string? failure = (await runs.ListAttemptsAsync(session, null, cancel)).Select(a => a.FailureJson).LastOrDefault(f => f is not null)
            ?? (await runs.FindRunAsync(session, cancel))?.FailureJson;
        if (failure is null || JsonSerializer.Deserialize(failure, RunJson.Default.Failure) is not { } told)
            return null;
        // What the launcher says in its last words is the reason; that it ended is not.
        int said = LauncherCodes.Select(code => told.Message.IndexOf(code, StringComparison.Ordinal)).Max();
        return said >= 0 ? told.Message[said..] : $"{told.Code}: {told.Message}";
    }

    /// <summary>The session's one attempt.</summary>
    internal static AttemptId Attempt(RunId session) => new(session, 0, 1);

    private double? Cores(RunId session, AttemptUsage? now)
    {
        if (now is null)
            return null;
        if (_used.Count > 1000)
            _used.Clear();
        (AttemptUsage since, double? cores) = _used.GetOrAdd(session, (now, null));
        if (now.At - since.At < Window)
            return cores;
        cores = (now.CpuSeconds - since.CpuSeconds) / (now.At - since.At).TotalSeconds;
        _used[session] = (now, cores);
        return cores;
    }

    private static string Escape(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
}
