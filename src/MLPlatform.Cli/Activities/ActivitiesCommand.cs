using System.CommandLine;
using MLPlatform.Cli.Pipelines;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Activities;

namespace MLPlatform.Cli.Activities;

/// <summary><c>mlp activities list|show</c>: the types that a pipeline may name, without a server.</summary>
internal static class ActivitiesCommand
{
    private static readonly Argument<string> Type = new("TYPE") { Description = "An activity type, such as data.clean." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => new("activities", "Activity types: what pipelines can do, and what each takes and gives.") { List(), Show() };

    private static Command List()
    {
        Command command = new("list", "Show all types.") { Json };
        command.SetAction(parsed =>
        {
            List<ActivityTypeView> all = [.. Catalog.BuiltIn().All.OrderBy(d => d.Type, StringComparer.Ordinal).Select(ActivityTypeView.From)];
            if (parsed.GetValue(Json))
                Print.Json(all);
            else
                Print.Table(["TYPE", "WHAT IT DOES"], all.Select(a => new[] { a.Type, a.Summary }));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Show()
    {
        Command command = new("show", "Show a type's inputs and outputs.") { Type, Json };
        command.SetAction(parsed =>
        {
            ActivityTypeDetail detail = ActivityTypeDetail.From(Find(parsed.GetValue(Type)!));
            if (parsed.GetValue(Json))
                Print.Json(detail);
            else
                Write(detail);
            return ExitCode.Done;
        });
        return command;
    }

    private static ActivityDescriptor Find(string type)
    {
        ActivityCatalog catalog = Catalog.BuiltIn();
        return catalog.Find(type) ?? throw CliException.Usage("CLI-030", $"There is no activity type '{type}'.",
            Names.Nearest(type, catalog.All.Select(d => d.Type)) is { } near ? $"Did you mean '{near}'? 'mlp activities list' shows all." : "'mlp activities list' shows all.");
    }

    private static void Write(ActivityTypeDetail detail)
    {
        Console.WriteLine($"{detail.Type}, version {detail.Version}: {detail.Summary}");
        Console.WriteLine(detail.Cacheable ? "An unchanged one is not run again: its earlier result is used." : "It is run every time.");
        Console.WriteLine();
        WriteTable("INPUT", SchemaLines.Of(detail.Inputs, given: true), "It takes no inputs.");
        Console.WriteLine();
        if (detail.Outputs is { } outputs)
            WriteTable("OUTPUT", SchemaLines.Of(outputs, given: false), "It gives no outputs.");
        else
            Console.WriteLine("Its outputs are known only when it has run.");
    }

    private static void WriteTable(string title, IReadOnlyList<SchemaLine> lines, string none)
    {
        if (lines.Count == 0)
        {
            Console.WriteLine(none);
            return;
        }
        bool described = lines.Any(l => l.Meaning.Length > 0);
        Print.Table(described ? [title, "TYPE", "MEANING"] : [title, "TYPE"], lines.Select(l =>
            described ? new[] { l.Name, l.Type, l.Meaning } : [l.Name, l.Type]));
    }
}
