using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using MLPlatform.Cli.Artifacts;
using MLPlatform.Cli.Connection;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Deployments;
using MLPlatform.Server.Deployments;
using MLPlatform.Server.Registry;

namespace MLPlatform.Cli.Hosting;

/// <summary><c>mlp serve-model</c>: one model or deployment as a process of its own.</summary>
internal static class ServeModelCommand
{
    private const string TokenVariable = "MLP_SERVE_TOKEN";

    private static readonly Argument<string?> Folder = new("FOLDER") { Description = "A model folder, as 'mlp artifacts get' writes it.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string?> Deployment = new("--deployment") { Description = "A deployment of the platform, with its candidates and shares as they are now.", HelpName = "NAME" };
    private static readonly Option<string?> Model = new("--model") { Description = "A registered model of the platform.", HelpName = "NAME" };
    private static readonly Option<int?> Version = new("--version") { Description = "Its version. Default: the champion, else the latest.", HelpName = "N" };
    private static readonly Option<string?> Name = new("--name") { Description = "The name to serve under. Default: the deployment's or model's, else the folder's." };
    private static readonly Option<string> Address = new("--address") { Description = $"Address to listen on; port 0 takes a free one. Beyond loopback, {TokenVariable} must hold a token.", HelpName = "URL", DefaultValueFactory = _ => "http://127.0.0.1:5081" };

    private static readonly Option<string?> Impressions = new("--impressions") { Description = "Log every row that is scored and every item that is found below this folder, for 'mlp bees agent' to ship. Default: no log.", HelpName = "FOLDER" };

    private static readonly Option<bool> Follow = new("--follow") { Description = "With a folder: serve what it holds as soon as that is another model, at the cost of what changed where it goes on from the one before." };

    public static Command Create()
    {
        Command command = new("serve-model", "Serve one model or deployment: scoring and the Open Inference Protocol, without a database.") { Folder, Deployment, Model, Version, Name, Address, Impressions, Follow };
        command.SetAction(ServeAsync);
        return command;
    }

    private static async Task<int> ServeAsync(ParseResult parsed, CancellationToken cancel)
    {
        string?[] what = [parsed.GetValue(Folder), parsed.GetValue(Deployment), parsed.GetValue(Model)];
        if (what.Count(w => w is not null) != 1)
            throw CliException.Usage("SERVE-012", "Name one of: a model folder, --deployment, --model.", "For example: mlp serve-model --deployment appstore");
        if (parsed.GetValue(Follow) && what[0] is null)
            throw CliException.Usage("SERVE-012", "--follow is for a model folder.", "'mlp serve' follows every change of its deployments.");
        string address = parsed.GetValue(Address)!;
        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? uri))
            throw CliException.Usage("CLI-002", $"'{address}' is not an address.", "Write it like http://127.0.0.1:5081.");
        string? token = Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } secret ? secret : null;
        if (!uri.IsLoopback && token is null)
            throw CliException.Usage("SERVE-012", $"'{address}' can be reached from other machines, and nobody would be asked for a token.", $"Put a token into the environment variable {TokenVariable}.");
        string scratch = Directory.CreateTempSubdirectory("mlp-serve-").FullName;
        try
        {
            string? log = parsed.GetValue(Impressions) is { } given ? Path.GetFullPath(given) : null;
            await using WebApplication app = ModelHost.Build(await SettingsAsync(parsed, scratch, address, token, cancel) with { Impressions = log, Follow = parsed.GetValue(Follow) });
            await app.StartAsync(cancel);
            string kept = log is null ? "Impressions are not logged; --impressions FOLDER does." : $"Impressions are logged below {log}.";
            Console.WriteLine($"Serving at {app.Urls.First()} (process {Environment.ProcessId}). {kept} Ctrl+C stops it.");
            await app.WaitForShutdownAsync(cancel);
            return ExitCode.Done;
        }
        catch (ActivityException e)
        {
            throw CliException.Usage(e.Code, e.Message, e.Code == "SERVE-003" ? "'mlp artifacts get HASH --to FOLDER' writes a model's folder." : null);
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new CliException("CLI-015", $"The address is in use: {e.Message}", "Choose another with --address http://127.0.0.1:PORT.", ExitCode.Unreachable);
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private static async Task<ModelHostSettings> SettingsAsync(ParseResult parsed, string scratch, string address, string? token, CancellationToken cancel)
    {
        string? name = parsed.GetValue(Name);
        if (parsed.GetValue(Folder) is { } folder)
        {
            name ??= Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
            return new ModelHostSettings(name, new DeploymentSpec { Model = name, Champion = 1 }, new Dictionary<int, string> { [1] = folder }, address, token);
        }
        await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
        DeploymentSpec spec = parsed.GetValue(Deployment) is { } deployment
            ? await SpecOfAsync(platform.Client, deployment, cancel) : await SpecOfModelAsync(platform.Client, parsed.GetValue(Model)!, parsed.GetValue(Version), cancel);
        Dictionary<int, string> folders = [];
        foreach (int version in spec.Versions().Distinct())
        {
            ModelVersionView found = await platform.Client.GetAsync<ModelVersionView>($"api/v1/models/{Uri.EscapeDataString(spec.Model)}/versions/{version}", cancel);
            folders[version] = Path.Combine(scratch, $"{version}");
            await ArtifactsCommand.WriteAsync(platform.Client, found.Artifact.Hash, folders[version], cancel);
        }
        return new ModelHostSettings(name ?? parsed.GetValue(Deployment) ?? spec.Model, spec, folders, address, token);
    }

    private static async Task<DeploymentSpec> SpecOfAsync(PlatformClient client, string deployment, CancellationToken cancel)
    {
        DeploymentView view = await client.GetAsync<DeploymentView>($"api/v1/deployments/{Uri.EscapeDataString(deployment)}", cancel);
        return new DeploymentSpec { Model = view.Model, Champion = view.Champion, Candidates = view.Candidates, Settings = view.Settings };
    }

    private static async Task<DeploymentSpec> SpecOfModelAsync(PlatformClient client, string model, int? version, CancellationToken cancel)
    {
        List<ModelVersionView> all = await client.GetAsync<List<ModelVersionView>>($"api/v1/models/{Uri.EscapeDataString(model)}", cancel);
        return new DeploymentSpec { Model = model, Champion = version ?? (all.FirstOrDefault(v => v.Aliases.Contains("champion")) ?? all[0]).Version };
    }
}
