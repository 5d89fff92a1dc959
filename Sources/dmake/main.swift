import CommandLineTool

DMakeTool.main()
