using System.CommandLine;
using System.CommandLine.Invocation;
using MLPlatform.Cli;

ParseResult parsed = MlpCommand.Create(args).Parse(args);
if (parsed.Action is ParseErrorAction)
    return BadUsage.Tell(parsed);
try
{
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
}
catch (CliException e)
{
    Console.Error.WriteLine($"error {e.Code}: {e.Message}");
    if (e.Hint is not null)
        Console.Error.WriteLine(e.Hint);
    return e.Exit;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("interrupted");
    return ExitCode.Failed;
}
catch (Exception bug)
{
    // A stack trace is for whoever mends it; what a person needs to know comes first.
    Console.Error.WriteLine($"error CLI-050: mlp met a bug of its own: {bug.Message}");
    Console.Error.WriteLine("What the command had done until then stands. Please report it with what follows.");
    Console.Error.WriteLine(bug);
    return ExitCode.Failed;
}
