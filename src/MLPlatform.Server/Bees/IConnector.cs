using MLPlatform.Core.Bees;
using MLPlatform.Storage.Bees;

namespace MLPlatform.Server.Bees;

/// <summary>Reads a source by itself, from where its log says that it is, until it is cancelled.</summary>
internal interface IConnector
{
    SourceKind Kind { get; }

    /// <param name="tell">Told null when it reads, so that what hindered it before is over, or what it waits for, with a code.</param>
    Task RunAsync(SourceDefinition source, LandingLog log, Action<string?> tell, CancellationToken cancel);
}
