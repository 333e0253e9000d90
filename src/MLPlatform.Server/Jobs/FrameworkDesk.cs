using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Code;
using MLPlatform.Core.Jobs;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Code;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Jobs;

/// <summary>Registers frameworks: what can be read and run becomes the next version.</summary>
internal sealed class FrameworkDesk(FrameworkShelf shelf, CodeDesk code, ActivityCatalog catalog)
{
    public async Task<(CodeVersion? Made, string? Name, ProblemHttpResult? Problem)> RegisterAsync(RegisterFrameworkRequest request, string by, CancellationToken cancel)
    {
        string text = request.Framework.ValueKind == JsonValueKind.String ? request.Framework.GetString()! : request.Framework.GetRawText();
        (FrameworkFile? framework, IReadOnlyList<Diagnostic> problems) = SettingsFile.Read<FrameworkFile>(
            Encoding.UTF8.GetBytes(text), request.FileName ?? "framework.json", "a framework", Check);
        if (framework is null)
        {
            return (null, null, Problem.Of(422, "JOB-043", $"The framework has {problems.Count} {(problems.Count == 1 ? "error" : "errors")}: {problems[0].Message}", problems[0].Hint,
                [new("diagnostics", problems)]));
        }
        if ((await shelf.ReadAsync(null, cancel)).Fixed.Contains(framework.Name))
        {
            return (null, null, Problem.Conflict("JOB-040", $"The framework {framework.Name} is in one of the server's Frameworks:Folders, which win: registering it would change nothing.",
                "Change the file there, or choose another name."));
        }
        (CodeVersion? made, ProblemHttpResult? problem) = await code.ChangeAsync(
            FrameworkShelf.FolderOf(framework.Name), new CodeChange([new CodeFile(FrameworkShelf.FileName, text)], null, Replace: true, request.Based, request.Note), by, cancel);
        return (made, framework.Name, problem);
    }

    // Somebody has to answer for what others build on.
    private IEnumerable<SettingsProblem> Check(FrameworkFile framework)
    {
        if (string.IsNullOrWhiteSpace(framework.Owner))
            yield return new("JOB-042", ["name"], $"the framework {framework.Name} has no owner", "Add \"owner\": the person or team that answers for it.");
        if (catalog.Find(framework.Activity) is null || !framework.Activity.StartsWith("train.", StringComparison.Ordinal))
        {
            string[] fit = [.. catalog.All.Select(a => a.Type).Where(t => t.StartsWith("train.", StringComparison.Ordinal))];
            yield return new("JOB-042", ["activity"], $"\"{framework.Activity}\" is no activity that trains", Names.Hint(framework.Activity, fit));
        }
    }
}

/// <summary>A framework to register.</summary>
/// <param name="Framework">Its text as a string, which keeps line numbers right, or the object itself.</param>
/// <param name="FileName">What problems call it. Default: framework.json.</param>
/// <param name="Note">What to remember about this version.</param>
/// <param name="Based">The version that this is a change of (0: none yet); it is refused if another came in between. Default: the latest.</param>
public sealed record RegisterFrameworkRequest(JsonElement Framework, string? FileName = null, string? Note = null, int? Based = null);

/// <summary>One version of a registered framework.</summary>
/// <param name="By">Who registered it.</param>
public sealed record RegisteredFrameworkView(string Name, int Version, string By, string? Note, DateTimeOffset CreatedAt)
{
    internal static RegisteredFrameworkView From(string name, CodeVersion v) => new(name, v.Version, v.By, v.Note, v.CreatedAt);
}
