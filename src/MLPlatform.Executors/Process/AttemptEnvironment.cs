using System.Globalization;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Process;

/// <summary>
/// What an attempt's processes see of the environment: a short list of the server's variables, the attempt's own, and what
/// was declared. Everything else of the server, secrets above all, stays with the server.
/// </summary>
internal static class AttemptEnvironment
{
    private const string TrackingUri = "MLFLOW_TRACKING_URI";
    private static readonly string[] Always =
        ["PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "DOTNET_ROOT", "SSL_CERT_FILE", "SSL_CERT_DIR"];

    /// <summary>What the supervisor gets, and through it every worker.</summary>
    public static Dictionary<string, string> Base(ProcessExecutorOptions options)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string name in Always.Concat(options.PassEnvironment))
        {
            if (Environment.GetEnvironmentVariable(name) is string value)
                variables[name] = value;
        }
        variables.TryAdd("PATH", "/usr/local/bin:/usr/bin:/bin");
        variables.TryAdd("LANG", "C.UTF-8");
        return variables;
    }

    /// <summary>The attempt's own variables.</summary>
    public static Dictionary<string, string> Attempt(AttemptOrder order, string folder, ProcessExecutorOptions options, IAttemptVariables? more)
    {
        var variables = new Dictionary<string, string>(more?.Of(order) ?? new Dictionary<string, string>(), StringComparer.Ordinal)
        {
            ["MLP_ATTEMPT_DIR"] = folder,
            [AttemptFiles.AttemptVariable] = order.Id.ToString(),
            ["MLP_RUN_ID"] = order.Id.Run.ToString(),
            ["MLP_PIPELINE"] = order.Pipeline,
            ["MLP_ACTIVITY"] = order.Activity,
            ["MLP_LOGICAL_DATE"] = order.LogicalDate.ToString("O", CultureInfo.InvariantCulture),
            ["TMPDIR"] = Path.Combine(folder, AttemptFiles.Scratch),
        };
        if (options.TrackingUri is string uri)
            variables[TrackingUri] = uri;
        return variables;
    }

    /// <summary>All that a script sees: declared variables win over the server's, the attempt's own over both.</summary>
    public static Dictionary<string, string> Script(AttemptOrder order, string folder, ProcessExecutorOptions options, IAttemptVariables? more)
    {
        Dictionary<string, string> variables = Base(options);
        Dictionary<string, string> own = Attempt(order, folder, options, more);
        // A script that tracks elsewhere must not be given our token to take there.
        if (order.Command!.Environment.ContainsKey(TrackingUri))
        {
            foreach (string name in own.Keys.Where(n => n.StartsWith("MLFLOW_", StringComparison.Ordinal)).ToList())
                own.Remove(name);
        }
        foreach ((string name, string value) in order.Command!.Environment)
            variables[name] = value;
        foreach ((string name, string value) in own)
        {
            if (name.StartsWith("MLP_", StringComparison.Ordinal) || !order.Command.Environment.ContainsKey(name))
                variables[name] = value;
        }
        AddProgram(variables);
        if (order.Devices.Count > 0)
            variables["CUDA_VISIBLE_DEVICES"] = variables["NVIDIA_VISIBLE_DEVICES"] = string.Join(',', order.Devices.Select(d => d.Device));
        if (order.KeepsCheckpoints)
            variables["MLP_CHECKPOINT_DIR"] = AttemptFiles.Checkpoints(Path.GetFullPath(options.Home), order.Id);
        return variables;
    }

    // So that "mlp" in a command is the version that the server is, with the dotnet that runs it, installed or not.
    private static void AddProgram(Dictionary<string, string> variables)
    {
        string tools = Path.Combine(AppContext.BaseDirectory, "tools");
        if (!File.Exists(Path.Combine(tools, "mlp")))
            return;
        variables["PATH"] = $"{tools}:{variables.GetValueOrDefault("PATH")}".TrimEnd(':');
        variables.TryAdd("DOTNET_ROOT", Path.GetDirectoryName(WorkerProgram.FindHost())!);
    }
}
