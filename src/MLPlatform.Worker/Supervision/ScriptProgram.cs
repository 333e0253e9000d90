using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process.Native;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Worker.Supervision;

/// <summary>Finds what a script's command means, before anything is started.</summary>
internal static class ScriptProgram
{
    /// <summary>The program's file, or why there is none that could be started.</summary>
    public static (string? Program, Failure? Failure) Find(ScriptOrder script, string workingFolder)
    {
        if (script.Arguments is not [string name, ..] || name.Length == 0)
            return (null, User("EXEC-003", "the command is empty"));
        if (script.Arguments.Concat(script.Environment.Keys).Concat(script.Environment.Values).Any(t => t.Contains('\0')))
            return (null, User("EXEC-003", "the command or its environment holds a NUL character, which no program can be given"));
        if (!Directory.Exists(workingFolder))
            return (null, User("EXEC-005", $"the working folder '{workingFolder}' does not exist or is no folder"));
        return name.Contains('/')
            ? Check(Path.Combine(workingFolder, name), name)
            : Search(name, script.Environment.GetValueOrDefault("PATH") ?? "");
    }

    private static (string?, Failure?) Search(string name, string path)
    {
        string? closed = null;
        foreach (string folder in path.Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            string file = Path.Combine(folder, name);
            if (!File.Exists(file))
                continue;
            if (Libc.Access(file, Libc.MayExecute) == 0)
                return (file, null);
            closed ??= file;
        }
        return (null, closed is null
            ? User("EXEC-003", $"the command '{name}' was not found on PATH ({path})")
            : User("EXEC-004", $"'{closed}' is not executable; chmod +x it, or name its interpreter in the command"));
    }

    private static (string?, Failure?) Check(string file, string name)
    {
        if (Directory.Exists(file))
            return (null, User("EXEC-004", $"'{name}' is a folder, not a program"));
        if (!File.Exists(file))
            return (null, User("EXEC-003", $"the command '{name}' was not found ({file})"));
        return Libc.Access(file, Libc.MayExecute) == 0
            ? (file, null)
            : (null, User("EXEC-004", $"'{name}' is not executable; chmod +x it, or name its interpreter in the command"));
    }

    /// <summary>Why a start was refused by the kernel.</summary>
    public static Failure Refused(int error, string program) => error switch
    {
        Libc.ExecFormat => User("EXEC-004", $"'{program}' is no program this machine can run; a script needs a first line like #!/bin/sh"),
        Libc.NoEntry => User("EXEC-003", $"'{program}' names an interpreter in its first line that does not exist"),
        Libc.NoPermission => User("EXEC-004", $"starting '{program}' is not permitted"),
        Libc.Again => new Failure(FailureKind.Resource, "EXEC-012", $"no more processes may be started on this machine ('{program}')"),
        7 => User("EXEC-003", $"the arguments and environment of '{program}' are longer than the system allows"),
        12 => new Failure(FailureKind.Resource, "EXEC-012", $"no memory is left to start '{program}'"),
        _ => new Failure(FailureKind.Infrastructure, "EXEC-013", $"starting '{program}' failed: {Libc.Describe(error)}"),
    };

    private static Failure User(string code, string message) => new(FailureKind.User, code, message);
}
