using System.Diagnostics;
using Xunit;

namespace MLPlatform.IntegrationTests.Training;

/// <summary>Whether the Python that the samples run has torch.</summary>
internal static class TorchHere
{
    public static void SkipWithout() => Assert.SkipUnless(Has(), "/usr/bin/python3 has no torch (Debian: python3-torch)");

    private static bool Has()
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", "import torch"]) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
