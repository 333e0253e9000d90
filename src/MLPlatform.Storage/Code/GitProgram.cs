using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;

namespace MLPlatform.Storage.Code;

/// <param name="Bytes">What it wrote to standard output.</param>
/// <param name="LastWords">The end of what it wrote to standard error, harmless to show.</param>
internal sealed record GitResult(int Exit, byte[] Bytes, string LastWords)
{
    public string Output => Encoding.UTF8.GetString(Bytes);
}

/// <summary>
/// Calls of git on one repository that is ours. Nothing of the machine's or the repository's settings runs anything: no hooks, no
/// filters, no submodules, no helpers but those for credentials, one protocol, no question to a person, and an end after a while.
/// </summary>
internal sealed class GitProgram(
    CodeOptions options, string repository, string protocol, string? workTree = null, string? index = null, IReadOnlyDictionary<string, string>? variables = null)
{
    private static readonly string[] Passed = ["PATH", "HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "http_proxy", "https_proxy", "no_proxy", "HTTPS_PROXY", "NO_PROXY"];

    private static readonly string[] Settings =
    [
        "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.symlinks=false", "core.protectHFS=true", "core.protectNTFS=true", "core.attributesFile=/dev/null",
        "submodule.recurse=false", "fetch.recurseSubmodules=false", "transfer.bundleURI=false", "gc.auto=0", "maintenance.auto=false", "init.defaultBranch=none",
        "http.followRedirects=initial", "advice.detachedHead=false",
    ];

    /// <summary>The same repository with files laid out in a folder, by an index of their own.</summary>
    public GitProgram At(string folder, string indexFile) => new(options, repository, protocol, folder, indexFile);

    /// <summary>The same with variables, such as the author of commits.</summary>
    public GitProgram With(IReadOnlyDictionary<string, string> more) => new(options, repository, protocol, workTree, index, more);

    /// <summary>What it wrote.</summary>
    /// <exception cref="ActivityException">It failed.</exception>
    public async Task<string> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancel)
    {
        GitResult result = await TryAsync(arguments, cancel);
        return result.Exit == 0
            ? result.Output
            : throw new ActivityException("JOB-010", $"git {arguments[0]} failed: {result.LastWords}", FailureKind.Infrastructure);
    }

    public async Task<GitResult> TryAsync(IReadOnlyList<string> arguments, CancellationToken cancel)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(options.GitTimeout);
        using Process process = Start(arguments);
        process.StandardInput.Close();
        try
        {
            using MemoryStream said = new();
            Task output = process.StandardOutput.BaseStream.CopyToAsync(said, deadline.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(deadline.Token);
            await output;
            string complaints = await errors;
            await process.WaitForExitAsync(deadline.Token);
            return new GitResult(process.ExitCode, said.ToArray(), LastWords(complaints));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new ActivityException("JOB-010", string.Create(CultureInfo.InvariantCulture,
                $"git {arguments[0]} did not end within {options.GitTimeout.TotalSeconds:0} seconds (Code:GitTimeout)."), FailureKind.Infrastructure);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private Process Start(IReadOnlyList<string> arguments)
    {
        ProcessStartInfo start = new(options.Git) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        start.Environment.Clear();
        foreach (string name in Passed)
        {
            if (Environment.GetEnvironmentVariable(name) is string value)
                start.Environment[name] = value;
        }
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_ATTR_NOSYSTEM"] = "1";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["GIT_ALLOW_PROTOCOL"] = protocol;
        start.Environment["GIT_SSH_COMMAND"] = "ssh -oBatchMode=yes -oStrictHostKeyChecking=yes";
        start.Environment["LC_ALL"] = "C.UTF-8";
        if (index is not null)
            start.Environment["GIT_INDEX_FILE"] = index;
        foreach ((string name, string value) in variables ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        foreach (string setting in Settings)
        {
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add(setting);
        }
        if (arguments[0] != "init")
            start.ArgumentList.Add("--git-dir=" + repository);
        if (workTree is not null)
        {
            start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null"; // A repository's attributes may name filters that are set up there.
            start.ArgumentList.Add("--work-tree=" + workTree);
            start.WorkingDirectory = workTree;
        }
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new ActivityException("JOB-011", $"The program '{options.Git}' cannot be started: {e.Message}. Install git, or say where it is in Code:Git.", FailureKind.Infrastructure, e);
        }
    }

    private static string LastWords(string text)
    {
        string end = text.Trim();
        end = end.Length > 1000 ? "…" + end[^1000..] : end;
        return end.Length == 0 ? "it said nothing" : string.Concat(end.Select(c => c == '\n' ? ' ' : char.IsControl(c) ? '\u00b7' : c));
    }
}
