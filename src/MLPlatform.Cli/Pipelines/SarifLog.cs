using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Cli.Pipelines;

/// <summary>Diagnostics as SARIF 2.1.0, the form in which git hosts and editors take what a checker found.</summary>
internal static class SarifLog
{
    private const string Schema = "https://json.schemastore.org/sarif-2.1.0.json", Root = "SRCROOT";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the file. Paths are relative to the repository that the current folder is in, else to that folder.</summary>
    public static void Write(string file, IReadOnlyList<Diagnostic> diagnostics)
    {
        string text = Of(diagnostics, Environment.CurrentDirectory, RootOf(Environment.CurrentDirectory)).ToJsonString(Indented);
        try
        {
            File.WriteAllText(file, text + Environment.NewLine);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage("CLI-006", $"'{file}' cannot be written: {e.Message}");
        }
    }

    /// <param name="folder">What relative paths of diagnostics are relative to.</param>
    /// <param name="root">What those of the log are relative to.</param>
    public static JsonObject Of(IReadOnlyList<Diagnostic> diagnostics, string folder, string root)
    {
        List<string> codes = [.. diagnostics.Select(d => d.Code).Distinct().Order(StringComparer.Ordinal)];
        return new JsonObject
        {
            ["$schema"] = Schema,
            ["version"] = "2.1.0",
            ["runs"] = new JsonArray(new JsonObject
            {
                ["tool"] = new JsonObject
                {
                    ["driver"] = new JsonObject
                    {
                        ["name"] = "mlp validate",
                        ["version"] = typeof(SarifLog).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0],
                        ["rules"] = new JsonArray([.. codes.Select(c => new JsonObject { ["id"] = c })]),
                    },
                },
                ["originalUriBaseIds"] = new JsonObject { [Root] = new JsonObject { ["uri"] = new Uri(root.TrimEnd('/') + "/").AbsoluteUri } },
                ["columnKind"] = "utf16CodeUnits",
                ["results"] = new JsonArray([.. diagnostics.Select(d => Result(d, codes, folder, root))]),
            }),
        };
    }

    private static JsonObject Result(Diagnostic d, List<string> codes, string folder, string root) => new()
    {
        ["ruleId"] = d.Code,
        ["ruleIndex"] = codes.IndexOf(d.Code),
        ["level"] = d.Severity == DiagnosticSeverity.Error ? "error" : "warning",
        ["message"] = new JsonObject { ["text"] = d.Hint is null ? d.Message : $"{d.Message}. {d.Hint}" },
        ["locations"] = new JsonArray(new JsonObject
        {
            ["physicalLocation"] = new JsonObject
            {
                ["artifactLocation"] = Location(Path.GetFullPath(d.File, folder), root),
                ["region"] = new JsonObject { ["startLine"] = Math.Max(1, d.Line), ["startColumn"] = Math.Max(1, d.Column) },
            },
            ["logicalLocations"] = new JsonArray(new JsonObject { ["fullyQualifiedName"] = d.Path }),
        }),
    };

    private static JsonObject Location(string file, string root)
    {
        string relative = Path.GetRelativePath(root, file).Replace('\\', '/');
        return relative.StartsWith("../", StringComparison.Ordinal) || Path.IsPathRooted(relative)
            ? new JsonObject { ["uri"] = new Uri(file).AbsoluteUri }
            : new JsonObject { ["uri"] = string.Join('/', relative.Split('/').Select(Uri.EscapeDataString)), ["uriBaseId"] = Root };
    }

    private static string RootOf(string folder)
    {
        for (DirectoryInfo? at = new(folder); at is not null; at = at.Parent)
        {
            if (Path.Exists(Path.Combine(at.FullName, ".git")))
                return at.FullName;
        }
        return folder;
    }
}
