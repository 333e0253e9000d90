using MLPlatform.Executors.Process;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>The worker program as an image would hold it: here, that of the build.</summary>
internal static class WorkerFiles
{
    public static string Host() => WorkerProgram.FindHost();

    public static string Assembly() => WorkerProgram.Find(null);
}
